// The host of a URL: domain names, IPv4 and IPv6 addresses, in the one form the URL standard gives each.
import punycode from "punycode";
import { OPAQUE, percentDecode, percentEncode } from "./percent.js";

const FORBIDDEN_IN_DOMAIN = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;
const FORBIDDEN_IN_OPAQUE = /[\0\t\n\r #/:<>?@[\\\]^|]/;
const IPV6_PIECES = 8;

function parseIpv4Number(text) {
  if (/^0x[0-9a-f]*$/i.test(text)) return text.length === 2 ? 0 : parseInt(text, 16);
  if (/^0[0-7]+$/.test(text)) return parseInt(text, 8);
  return /^(?:0|[1-9][0-9]*)$/.test(text) ? parseInt(text, 10) : NaN;
}

/** The last number takes all the bytes the numbers before it left. */
function parseIpv4(parts) {
  const numbers = parts.map(parseIpv4Number);
  const last = numbers.pop();
  if (numbers.length > 3 || numbers.some((number) => !(number <= 255)) || !(last < 256 ** (4 - numbers.length)))
    return undefined;
  const address = numbers.reduce((sum, number, index) => sum + number * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

const isNumeric = (label) => /^(?:[0-9]+|0x[0-9a-f]*)$/i.test(label);

function parseDomain(text) {
  let domain;
  try {
    domain = punycode.toASCII(percentDecode(text).normalize("NFKC").toLowerCase());
  } catch {
    return undefined;
  }
  if (domain === "" || FORBIDDEN_IN_DOMAIN.test(domain)) return undefined;
  const labels = domain.split(".");
  if (labels.length > 1 && labels.at(-1) === "") labels.pop();
  return isNumeric(labels.at(-1)) ? parseIpv4(labels) : domain;
}

/** An address may end in the notation of IPv4, which stands for two pieces. */
function withoutIpv4(text) {
  const match = /^(.*:)(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return text;
  const [, head, ...bytes] = match;
  if (bytes.some((byte) => +byte > 255 || (byte.length > 1 && byte[0] === "0"))) return "";
  return `${head}${((+bytes[0] << 8) | +bytes[1]).toString(16)}:${((+bytes[2] << 8) | +bytes[3]).toString(16)}`;
}

function piecesOf(text) {
  const pieces = text === "" ? [] : text.split(":");
  return pieces.every((piece) => /^[0-9a-f]{1,4}$/i.test(piece))
    ? pieces.map((piece) => parseInt(piece, 16))
    : undefined;
}

function parseIpv6Pieces(text) {
  const halves = withoutIpv4(text).split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(piecesOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === IPV6_PIECES ? head : undefined;
  const missing = IPV6_PIECES - head.length - tail.length;
  return missing < 1 ? undefined : [...head, ...new Array(missing).fill(0), ...tail];
}

/** The longest run of two or more zero pieces, the first of several. */
function longestZeros(pieces) {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < IPV6_PIECES; start++) {
    let length = 0;
    while (pieces[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

function parseIpv6(text) {
  const pieces = parseIpv6Pieces(text);
  if (pieces === undefined) return undefined;
  const digits = pieces.map((piece) => piece.toString(16));
  const { start, length } = longestZeros(pieces);
  if (start < 0) return `[${digits.join(":")}]`;
  return `[${digits.slice(0, start).join(":")}::${digits.slice(start + length).join(":")}]`;
}

/** The host in its one form; undefined when it is none. */
export function parseHost(text, special) {
  if (text[0] === "[") return text.at(-1) === "]" ? parseIpv6(text.slice(1, -1)) : undefined;
  if (special) return parseDomain(text);
  return FORBIDDEN_IN_OPAQUE.test(text) ? undefined : percentEncode(text, OPAQUE);
}
