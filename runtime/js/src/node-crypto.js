// The module `crypto`: hashes, keyed hashes, key derivation and randomness, all from the host.
import { Buffer } from "buffer";
import { askHost } from "./ask.js";
import { base64Of, bytesOf } from "./bytes.js";
import { createCipheriv, createDecipheriv, getCiphers } from "./crypto-ciphers.js";
import { KeyObject, createPrivateKey, createPublicKey, createSecretKey, generateKeyPairLater, generateKeyPairSync } from "./crypto-keys.js";
import { Sign, Verify, constants, diffieHellman, privateDecrypt, publicEncrypt, sign, verify } from "./crypto-signatures.js";
import { hostCall } from "./door.js";
import { entropy, randomUUID } from "./entropy.js";
import { OwnError, OwnRangeError, OwnTypeError, bytesToBase64 } from "./primordials.js";

const HASHES = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];
const RANDOM_AT_ONCE = 65536;
const LARGEST_RANGE = 2 ** 48;

const absent = ["createDiffieHellman", "createDiffieHellmanGroup", "createECDH", "getDiffieHellman", "privateEncrypt"];
absent.push("publicDecrypt", "createCipher", "createDecipher", "generatePrime", "checkPrime");

function algorithmOf(name) {
  const algorithm = `${name}`.toLowerCase().replace(/^rsa-/, "").replace("-", "");
  if (!HASHES.includes(algorithm)) throw new OwnError(`Digest method not supported: '${name}'`);
  return algorithm;
}

const fromBase64 = (base64) => Buffer.from(base64, "base64");
const encoded = (buffer, encoding) =>
  encoding === undefined || encoding === "buffer" ? buffer : buffer.toString(encoding);
const toBytes = (data, encoding, name) =>
  typeof data === "string" ? Buffer.from(data, encoding ?? "utf8") : bytesOf(data, name);

/** A hash or keyed hash: what is fed to it is kept until the digest is asked for. */
class Digest {
  #chunks = [];
  #finish;

  constructor(finish) {
    this.#finish = finish;
  }

  update(data, encoding) {
    if (this.#finish === undefined) throw new OwnError("Digest already called");
    this.#chunks.push(Buffer.from(toBytes(data, encoding, "data")));
    return this;
  }

  /** Some packages go on from where another digest stands. */
  copy() {
    const copy = new Digest(this.#finish);
    for (const chunk of this.#chunks) copy.update(chunk);
    return copy;
  }

  write(data, encoding) {
    this.update(data, encoding);
    return true;
  }

  end(data, encoding) {
    if (data !== undefined) this.update(data, encoding);
    return this;
  }

  digest(encoding) {
    if (this.#finish === undefined) throw new OwnError("Digest already called");
    const finish = this.#finish;
    this.#finish = undefined;
    return encoded(fromBase64(finish(bytesToBase64(Buffer.concat(this.#chunks)))), encoding);
  }
}

function createHash(name) {
  const algorithm = algorithmOf(name);
  return new Digest((data) => askHost("crypto.hash", { algorithm, data }));
}

function createHmac(name, secret) {
  const algorithm = algorithmOf(name);
  const key = base64Of(secret instanceof KeyObject ? secret.contents() : secret, "key");
  return new Digest((data) => askHost("crypto.hmac", { algorithm, key, data }));
}

function randomBuffer(length) {
  if (!Number.isInteger(length) || length < 0) throw new OwnRangeError("'size' must be a whole number from 0 up");
  const buffer = Buffer.alloc(length);
  for (let at = 0; at < length; at += RANDOM_AT_ONCE) buffer.set(entropy(Math.min(RANDOM_AT_ONCE, length - at)), at);
  return buffer;
}

/** Calls back in Node's manner when the promise has settled; what the callback throws is its own affair. */
function deliver(promise, callback) {
  if (typeof callback !== "function") throw new OwnTypeError("'callback' must be a function");
  promise.then(
    (value) => callback(null, value),
    (error) => callback(error),
  );
}

function randomBytes(size, callback) {
  const buffer = randomBuffer(size);
  if (callback === undefined) return buffer;
  return deliver(Promise.resolve(buffer), callback);
}

/** Draws again where the last, incomplete stretch of the numbers would favour some results. */
function randomInt(min, max) {
  const [low, high] = max === undefined || typeof max === "function" ? [0, min] : [min, max];
  const range = high - low;
  if (!(range > 0 && range <= LARGEST_RANGE)) throw new OwnRangeError("'max' must exceed 'min', by 2^48 at most");
  const limit = LARGEST_RANGE - (LARGEST_RANGE % range);
  for (;;) {
    const drawn = randomBuffer(6).readUIntBE(0, 6);
    if (drawn < limit) return low + (drawn % range);
  }
}

/** Compares without telling by its duration where the first difference is. */
function timingSafeEqual(left, right) {
  const a = bytesOf(left, "a");
  const b = bytesOf(right, "b");
  if (a.length !== b.length) throw new OwnRangeError("Input buffers must have the same byte length");
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a[i] ^ b[i];
  return difference === 0;
}

/** HKDF (RFC 5869). */
function hkdfSync(digest, secret, salt, info, length) {
  const key = secret instanceof KeyObject ? secret.contents() : secret;
  const extracted = createHmac(digest, bytesOf(salt, "salt")).update(key).digest();
  const blocks = [];
  let last = Buffer.alloc(0);
  for (let size = 0, count = 1; size < length; size += last.length, count++) {
    if (count > 255) throw new OwnRangeError("Invalid key length");
    last = createHmac(digest, extracted).update(last).update(bytesOf(info, "info")).update(Buffer.from([count])).digest();
    blocks.push(last);
  }
  return new Uint8Array(Buffer.concat(blocks).subarray(0, length)).buffer;
}

/** A function of the host's that answers at once, in the form that takes a callback. */
const withCallback =
  (work) =>
  (...args) => {
    const callback = args.pop();
    deliver(
      new Promise((resolve) => resolve(work(...args))),
      callback,
    );
  };

function randomFillSync(buffer, offset = 0, size = buffer.byteLength - offset) {
  new Uint8Array(buffer.buffer ?? buffer, (buffer.byteOffset ?? 0) + offset, size).set(randomBuffer(size));
  return buffer;
}

function generateKeyPair(type, ...rest) {
  const callback = rest.at(-1);
  generateKeyPairLater(type, ...rest.slice(0, -1)).then(
    ({ publicKey, privateKey }) => callback(null, publicKey, privateKey),
    (error) => callback(error),
  );
}

const hash = (algorithm, data, encoding = "hex") => createHash(algorithm).update(data).digest(encoding);

/** `sign` and `verify` answer at once, or to a callback. */
const maybeLater =
  (work, count) =>
  (...args) =>
    typeof args[count] === "function" ? withCallback(work)(...args) : work(...args);

function scryptQuestion(password, salt, keyLength, options = {}) {
  return {
    password: base64Of(password, "password"),
    salt: base64Of(salt, "salt"),
    keyLength,
    N: options.N ?? options.cost ?? 16384,
    r: options.r ?? options.blockSize ?? 8,
    p: options.p ?? options.parallelization ?? 1,
  };
}

function pbkdf2Question(password, salt, iterations, keyLength, digest) {
  return {
    password: base64Of(password, "password"),
    salt: base64Of(salt, "salt"),
    iterations,
    keyLength,
    digest: algorithmOf(digest),
  };
}

const derive = async (operation, question) => fromBase64(await hostCall(operation, question));

function scrypt(password, salt, keyLength, ...rest) {
  const options = typeof rest[0] === "function" ? undefined : rest[0];
  deliver(derive("crypto.scrypt", scryptQuestion(password, salt, keyLength, options)), rest.at(-1));
}

function pbkdf2(password, salt, iterations, keyLength, digest, callback) {
  deliver(derive("crypto.pbkdf2", pbkdf2Question(password, salt, iterations, keyLength, digest)), callback);
}

const refusals = Object.fromEntries(
  absent.map((name) => {
    const refuse = () => {
      throw new OwnError(`crypto.${name} is not available in a function`);
    };
    return [name, refuse];
  }),
);

/** The module `crypto`. */
export const nodeCrypto = {
  ...refusals,
  KeyObject,
  Sign,
  Verify,
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  createSign: (algorithm) => new Sign(algorithm),
  createVerify: (algorithm) => new Verify(algorithm),
  diffieHellman,
  generateKeyPair,
  generateKeyPairSync,
  generateKeySync: (type, { length }) => createSecretKey(randomBuffer(length / 8)),
  getCiphers,
  getCurves: () => ["prime256v1", "secp256k1", "secp384r1", "secp521r1"],
  getHashes: () => [...HASHES, ...HASHES.map((name) => `RSA-${name.toUpperCase()}`)],
  getRandomValues: (array) => globalThis.crypto.getRandomValues(array),
  hash,
  hkdf: withCallback(hkdfSync),
  hkdfSync,
  pbkdf2,
  pbkdf2Sync: (...given) => fromBase64(askHost("crypto.pbkdf2", pbkdf2Question(...given))),
  privateDecrypt,
  publicEncrypt,
  randomBytes,
  pseudoRandomBytes: randomBytes,
  randomFill: (buffer, ...rest) => withCallback(randomFillSync)(buffer, ...rest),
  randomFillSync,
  randomInt: (min, max, callback) => {
    const last = callback ?? (typeof max === "function" ? max : undefined);
    return last === undefined ? randomInt(min, max) : deliver(Promise.resolve(randomInt(min, max)), last);
  },
  randomUUID,
  scrypt,
  scryptSync: (...given) => fromBase64(askHost("crypto.scrypt", scryptQuestion(...given))),
  sign: maybeLater(sign, 3),
  timingSafeEqual,
  verify: maybeLater(verify, 4),
};
