// Percent-encoding, with the sets of characters the URL standard names.
import { utf8Decode, utf8Encode } from "./utf8.js";

/** What each part of a URL encodes, beyond controls and everything outside of ASCII. */
export const FRAGMENT = /[\0-\x20"<>`\x7f-\u{10ffff}]/gu;
export const QUERY = /[\0-\x20"#<>\x7f-\u{10ffff}]/gu;
export const SPECIAL_QUERY = /[\0-\x20"#'<>\x7f-\u{10ffff}]/gu;
export const PATH = /[\0-\x20"#<>?`{}\x7f-\u{10ffff}]/gu;
export const OPAQUE = /[\0-\x1f\x7f-\u{10ffff}]/gu;
export const USERINFO = /[\0-\x20"#/:;<=>?@[\\\]^`{|}\x7f-\u{10ffff}]/gu;
const FORM = /[^A-Za-z0-9*\-._]/gu;

const HEX_PAIR = /^[0-9A-Fa-f]{2}$/;
const PERCENT = 0x25;

function encodeCharacter(character) {
  let text = "";
  for (const byte of utf8Encode(character)) text += `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
  return text;
}

/** A text with the characters of a set encoded. */
export function percentEncode(text, set) {
  return text.replace(set, encodeCharacter);
}

/** A text with its percent-encoded bytes decoded; a percent sign that begins none stays. */
export function percentDecode(text) {
  if (!text.includes("%")) return text;
  const bytes = utf8Encode(text);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const pair = bytes[i] === PERCENT ? String.fromCharCode(bytes[i + 1] ?? 0, bytes[i + 2] ?? 0) : "";
    const encoded = HEX_PAIR.test(pair);
    bytes[length++] = encoded ? parseInt(pair, 16) : bytes[i];
    if (encoded) i += 2;
  }
  return utf8Decode(bytes, 0, length);
}

/** A name or value of a form: a space becomes a plus sign. */
export function formEncode(text) {
  return percentEncode(text, FORM).replaceAll("%20", "+");
}

/** The way back. */
export function formDecode(text) {
  return percentDecode(text.replaceAll("+", " "));
}
