// What `bcryptjs` and `bcrypt` offer, computed by the host.
import { askHost, entropy, hostCall } from "vestibule:core";

const ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const DEFAULT_ROUNDS = 10;
const SALT_LENGTH = 16;
const HASH_LENGTH = 60;
const HEAD_LENGTH = 29;
const MOST_BYTES = 72;

/** bcrypt's own base64: another alphabet, no padding. */
export function encodeBase64(bytes, length = bytes.length) {
  const standard = Buffer.from(bytes).subarray(0, length).toString("base64").replace(/=+$/, "");
  return standard.replace(/./g, (character) => ALPHABET[STANDARD.indexOf(character)]);
}

export function decodeBase64(text, length) {
  const standard = text.replace(/./g, (character) => STANDARD[ALPHABET.indexOf(character)]);
  return [...Buffer.from(standard, "base64").subarray(0, length)];
}

export function genSaltSync(rounds = DEFAULT_ROUNDS, minor = "b") {
  if (typeof rounds !== "number") throw new Error(`Illegal arguments: ${typeof rounds}`);
  const cost = Math.min(31, Math.max(4, Math.trunc(rounds)));
  const version = minor === "a" ? "a" : "b";
  return `$2${version}$${String(cost).padStart(2, "0")}$${encodeBase64(entropy(SALT_LENGTH))}`;
}

function questionOf(password, saltOrRounds = DEFAULT_ROUNDS) {
  const isBytes = ArrayBuffer.isView(password);
  const salt = typeof saltOrRounds === "number" ? genSaltSync(saltOrRounds) : saltOrRounds;
  if ((typeof password !== "string" && !isBytes) || typeof salt !== "string") {
    throw new Error(`Illegal arguments: ${typeof password}, ${typeof salt}`);
  }
  return { password: Buffer.from(password).toString("base64"), salt: salt.slice(0, HEAD_LENGTH) };
}

/** Says nothing, by its duration, about where two hashes differ. */
function same(left, right) {
  let difference = left.length ^ right.length;
  for (let i = 0; i < left.length; i++) difference |= left.charCodeAt(i) ^ right.charCodeAt(i % right.length);
  return difference === 0;
}

function comparable(password, hash) {
  if ((typeof password !== "string" && !ArrayBuffer.isView(password)) || typeof hash !== "string") {
    throw new Error(`Illegal arguments: ${typeof password}, ${typeof hash}`);
  }
  return hash.length === HASH_LENGTH;
}

export const hashSync = (password, salt) => askHost("crypto.bcrypt", questionOf(password, salt));

export function compareSync(password, hash) {
  return comparable(password, hash) && same(hashSync(password, hash), hash);
}

/** A promise, or nothing where the last argument is a callback for it. */
function later(work) {
  return (...args) => {
    const at = args.findIndex((given) => typeof given === "function");
    const promise = work(...(at < 0 ? args : args.slice(0, at)));
    if (at < 0) return promise;
    promise.then(
      (value) => args[at](null, value),
      (error) => args[at](error),
    );
    return undefined;
  };
}

const askLater = async (password, salt) => hostCall("crypto.bcrypt", questionOf(password, salt));

export const genSalt = later(async (rounds, minor) => genSaltSync(rounds, minor));
export const hash = later(askLater);
export const compare = later(async (password, hashed) => comparable(password, hashed) && same(await askLater(password, hashed), hashed));

export function getRounds(hashed) {
  if (typeof hashed !== "string") throw new Error(`Illegal arguments: ${typeof hashed}`);
  return Number.parseInt(hashed.split("$")[2], 10);
}

export function getSalt(hashed) {
  if (hashed.length !== HASH_LENGTH) throw new Error(`Illegal hash length: ${hashed.length} != ${HASH_LENGTH}`);
  return hashed.slice(0, HEAD_LENGTH);
}

export const truncates = (password) => Buffer.byteLength(password) > MOST_BYTES;
export const setRandomFallback = () => {};
