// The global `crypto`: what must not be guessed comes from the host. Loaded before npm bson, which looks for it.
import { askHost } from "./ask.js";
import {
  OwnRangeError,
  OwnTypeError,
  OwnUint8Array,
  base64ToBytes,
  bytesToHex,
  defineGlobal,
  isView,
} from "./primordials.js";

const LARGEST_REQUEST = 65536;

/** Bytes nobody can guess, from the host. */
export function entropy(length) {
  return base64ToBytes(askHost("crypto.random", { length }));
}

function getRandomValues(array) {
  if (!isView(array)) throw new OwnTypeError("getRandomValues takes an integer typed array");
  if (array.byteLength > LARGEST_REQUEST) {
    throw new OwnRangeError(`getRandomValues gives at most ${LARGEST_REQUEST} bytes at a time`);
  }
  new OwnUint8Array(array.buffer, array.byteOffset, array.byteLength).set(entropy(array.byteLength));
  return array;
}

/** A version 4 UUID. */
export function randomUUID() {
  const bytes = entropy(16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytesToHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

defineGlobal("crypto", { getRandomValues, randomUUID });
