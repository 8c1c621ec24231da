// UTF-8 both ways over typed arrays.
import { OwnTypeError, OwnUint8Array } from "./primordials.js";

const REPLACEMENT = 0xfffd;

function codePointAt(text, index) {
  const unit = text.charCodeAt(index);
  if (unit < 0xd800 || unit > 0xdfff) return unit;
  const low = text.charCodeAt(index + 1);
  const pair = unit < 0xdc00 && low >= 0xdc00 && low <= 0xdfff;
  return pair ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : REPLACEMENT;
}

function sizeOf(point) {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}

function write(bytes, at, point, size) {
  if (size === 1) {
    bytes[at] = point;
    return;
  }
  for (let i = size - 1; i > 0; i--) {
    bytes[at + i] = 0x80 | (point & 0x3f);
    point >>= 6;
  }
  bytes[at] = ((0xf00 >> size) & 0xff) | point;
}

/** Number of bytes a text takes; a lone surrogate counts as the replacement character. */
export function utf8Length(text) {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const point = codePointAt(text, i);
    length += sizeOf(point);
    if (point > 0xffff) i++;
  }
  return length;
}

/** Bytes of a text. */
export function utf8Encode(text) {
  const bytes = new OwnUint8Array(utf8Length(text));
  utf8EncodeInto(text, bytes);
  return bytes;
}

/** Writes as many whole characters as fit. */
export function utf8EncodeInto(text, bytes) {
  let read = 0;
  let written = 0;
  while (read < text.length) {
    const point = codePointAt(text, read);
    const size = sizeOf(point);
    if (written + size > bytes.length) break;
    write(bytes, written, point, size);
    written += size;
    read += point > 0xffff ? 2 : 1;
  }
  return { read, written };
}

/** The bounds of the second byte exclude overlong forms, surrogates and what lies beyond Unicode. */
function sequenceOf(lead) {
  if (lead >= 0xc2 && lead <= 0xdf) return { size: 2, low: 0x80, high: 0xbf, bits: lead & 0x1f };
  if (lead >= 0xe0 && lead <= 0xef) {
    return { size: 3, low: lead === 0xe0 ? 0xa0 : 0x80, high: lead === 0xed ? 0x9f : 0xbf, bits: lead & 0x0f };
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    return { size: 4, low: lead === 0xf0 ? 0x90 : 0x80, high: lead === 0xf4 ? 0x8f : 0xbf, bits: lead & 0x07 };
  }
  return undefined;
}

/** One character from its lead byte on: its code point and how many bytes it took; -1 where it is malformed. */
function readPoint(bytes, at, end) {
  const sequence = sequenceOf(bytes[at]);
  if (sequence === undefined) return { point: -1, size: 1 };
  let point = sequence.bits;
  for (let i = 1; i < sequence.size; i++) {
    const next = at + i < end ? bytes[at + i] : -1;
    const low = i === 1 ? sequence.low : 0x80;
    const high = i === 1 ? sequence.high : 0xbf;
    if (next < low || next > high) return { point: -1, size: i };
    point = (point << 6) | (next & 0x3f);
  }
  return { point, size: sequence.size };
}

/** Text of bytes; malformed sequences become the replacement character, or throw when `fatal`. */
export function utf8Decode(bytes, start = 0, end = bytes.length, fatal = false) {
  let text = "";
  let at = start;
  while (at < end) {
    if (bytes[at] < 0x80) {
      text += String.fromCharCode(bytes[at++]);
      continue;
    }
    const { point, size } = readPoint(bytes, at, end);
    if (point < 0 && fatal) throw new OwnTypeError("The encoded data was not valid utf-8");
    text += String.fromCodePoint(point < 0 ? REPLACEMENT : point);
    at += size;
  }
  return text;
}
