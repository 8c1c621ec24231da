// The module `buffer`: the package's, with `base64url`, and the engine's own conversions where it has them.
import { Buffer, INSPECT_MAX_BYTES, SlowBuffer, kMaxLength } from "buffer";
import { Blob, File } from "./blob.js";
import { bytesToBase64, bytesToHex } from "./primordials.js";

const { byteLength, from, isEncoding } = Buffer;
const { toString, write } = Buffer.prototype;
const URL_SAFE = /^base64url$/i;
const PADDING = /=+$/;

/** The package reads both alphabets as base64. */
const known = (encoding) => (typeof encoding === "string" && URL_SAFE.test(encoding) ? "base64" : encoding);

function urlSafe(bytes) {
  return bytesToBase64(bytes, { alphabet: "base64url" }).replace(PADDING, "");
}

const conversions = { __proto__: null, base64: bytesToBase64, base64url: urlSafe, hex: bytesToHex };

Object.assign(Buffer.prototype, {
  toString(encoding, start, end) {
    const convert = conversions[encoding];
    if (convert === undefined) return toString.call(this, known(encoding), start, end);
    return convert(start === undefined && end === undefined ? this : this.subarray(start ?? 0, end));
  },

  write(text, ...rest) {
    return write.call(this, text, ...rest.map(known));
  },
});

Object.assign(Buffer, {
  byteLength: (value, encoding) => byteLength(value, known(encoding)),
  from: (value, encoding, length) => from(value, known(encoding), length),
  isEncoding: (encoding) => isEncoding(known(encoding)),
});

/** The module `buffer`. */
export const nodeBuffer = {
  Blob,
  Buffer,
  File,
  INSPECT_MAX_BYTES,
  SlowBuffer,
  atob: (text) => globalThis.atob(text),
  btoa: (text) => globalThis.btoa(text),
  constants: { MAX_LENGTH: kMaxLength, MAX_STRING_LENGTH: 2 ** 29 - 24 },
  isUtf8: (bytes) => Buffer.from(Buffer.from(bytes).toString("utf8")).equals(Buffer.from(bytes)),
  kMaxLength,
};
