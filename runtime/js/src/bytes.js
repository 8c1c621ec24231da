// Whatever an author hands to a cryptographic function, as the base64 text that crosses the door.
import { Binary } from "bson";
import { OwnArrayBuffer, OwnTypeError, OwnUint8Array, bytesToBase64, isView } from "./primordials.js";
import { utf8Encode } from "./utf8.js";

/** Bytes of a text (UTF-8), a `BSON.Binary`, a buffer or a view of one. */
export function bytesOf(value, name) {
  if (typeof value === "string") return utf8Encode(value);
  if (value instanceof Binary) return value.buffer.subarray(0, value.position);
  if (value instanceof OwnUint8Array) return value;
  if (isView(value)) return new OwnUint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof OwnArrayBuffer) return new OwnUint8Array(value);
  throw new OwnTypeError(`'${name}' must be a string, BSON.Binary or Buffer`);
}

/** The same as base64 text. */
export function base64Of(value, name) {
  return bytesToBase64(bytesOf(value, name));
}
