// `crypto.subtle` of the Web Cryptography API, over the module `crypto`.
import { Buffer } from "buffer";
import { createCipheriv, createDecipheriv } from "./crypto-ciphers.js";
import { createPrivateKey, createPublicKey, generateKeyPairLater, secretKey } from "./crypto-keys.js";
import { constants, diffieHellman, privateDecrypt, publicEncrypt, sign, verify } from "./crypto-signatures.js";
import { DOMException } from "./event-target.js";
import { bytesOf } from "./bytes.js";
import { entropy } from "./entropy.js";
import { nodeCrypto } from "./node-crypto.js";

const CURVES = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1" };
const MADE_HERE = Symbol("made by this library");

export class CryptoKey {
  #key;

  constructor(mark, key, algorithm, extractable, usages) {
    if (mark !== MADE_HERE) throw new TypeError("Illegal constructor");
    this.#key = key;
    Object.assign(this, { type: key.type, algorithm, extractable, usages: [...usages] });
  }

  /** The key of the module `crypto`, for this library. */
  contents() {
    return this.#key;
  }

  get [Symbol.toStringTag]() {
    return "CryptoKey";
  }
}

const fail = (message, name) => {
  throw new DOMException(message, name);
};
const nameOf = (algorithm) => `${typeof algorithm === "string" ? algorithm : algorithm.name}`.toUpperCase();
const digestOf = (hash) => nameOf(hash).replace("-", "").toLowerCase();
const bufferOf = (bytes) => new Uint8Array(bytes).buffer;
const given = (data) => Buffer.from(bytesOf(data, "data"));

/** The algorithm as a key shows it: names as the standard writes them, the hash as an object. */
function described(algorithm, extra) {
  const names = { HMAC: "HMAC", "RSASSA-PKCS1-V1_5": "RSASSA-PKCS1-v1_5", ED25519: "Ed25519", X25519: "X25519" };
  const base = typeof algorithm === "string" ? {} : { ...algorithm };
  const name = names[nameOf(algorithm)] ?? nameOf(algorithm);
  if (base.hash !== undefined) base.hash = { name: nameOf(base.hash) };
  return { ...base, ...extra, name };
}

function wrap(key, algorithm, extractable, usages, extra) {
  return new CryptoKey(MADE_HERE, key, described(algorithm, extra), extractable, usages);
}

/** The key itself, if it may be used so. */
function use(key, usage, algorithm) {
  if (!(key instanceof CryptoKey)) throw new TypeError("the key is not a CryptoKey");
  if (nameOf(key.algorithm) !== nameOf(algorithm)) fail("the key is of another algorithm", "InvalidAccessError");
  if (!key.usages.includes(usage)) fail(`the key may not be used to ${usage}`, "InvalidAccessError");
  return key.contents();
}

function signingOptions(key, algorithm, own) {
  switch (nameOf(algorithm)) {
    case "RSASSA-PKCS1-V1_5":
      return [digestOf(own.algorithm.hash), { key }];
    case "RSA-PSS":
      return [digestOf(own.algorithm.hash), { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: algorithm.saltLength }];
    case "ECDSA":
      return [digestOf(algorithm.hash), { key, dsaEncoding: "ieee-p1363" }];
    case "ED25519":
      return [null, { key }];
    default:
      return fail(`${nameOf(algorithm)} is not supported`, "NotSupportedError");
  }
}

const hmac = (own, key, data) => nodeCrypto.createHmac(digestOf(own.algorithm.hash), key.contents()).update(given(data)).digest();

function cipherOf(algorithm, key) {
  const bits = key.contents().length * 8;
  switch (nameOf(algorithm)) {
    case "AES-GCM":
      return { name: `aes-${bits}-gcm`, iv: given(algorithm.iv), tagLength: (algorithm.tagLength ?? 128) / 8 };
    case "AES-CBC":
      return { name: `aes-${bits}-cbc`, iv: given(algorithm.iv), tagLength: 0 };
    case "AES-CTR":
      return { name: `aes-${bits}-ctr`, iv: given(algorithm.counter), tagLength: 0 };
    default:
      return fail(`${nameOf(algorithm)} is not supported`, "NotSupportedError");
  }
}

function encryptBytes(algorithm, own, key, data) {
  if (nameOf(algorithm) === "RSA-OAEP") {
    return publicEncrypt({ key, oaepHash: digestOf(own.algorithm.hash), oaepLabel: algorithm.label }, given(data));
  }
  const { name, iv, tagLength } = cipherOf(algorithm, key);
  const cipher = createCipheriv(name, key, iv, tagLength ? { authTagLength: tagLength } : undefined);
  if (algorithm.additionalData) cipher.setAAD(given(algorithm.additionalData));
  const parts = [cipher.update(given(data)), cipher.final()];
  return Buffer.concat(tagLength ? [...parts, cipher.getAuthTag()] : parts);
}

function decryptBytes(algorithm, own, key, data) {
  if (nameOf(algorithm) === "RSA-OAEP") {
    return privateDecrypt({ key, oaepHash: digestOf(own.algorithm.hash), oaepLabel: algorithm.label }, given(data));
  }
  const { name, iv, tagLength } = cipherOf(algorithm, key);
  const bytes = given(data);
  const end = bytes.length - tagLength;
  const decipher = createDecipheriv(name, key, iv, tagLength ? { authTagLength: tagLength } : undefined);
  if (algorithm.additionalData) decipher.setAAD(given(algorithm.additionalData));
  if (tagLength) decipher.setAuthTag(bytes.subarray(end));
  return Buffer.concat([decipher.update(bytes.subarray(0, end)), decipher.final()]);
}

function keyFrom(format, data, algorithm) {
  if (format === "jwk") {
    if (data.kty === "oct") return secretKey(Buffer.from(data.k, "base64url"));
    return data.d === undefined ? createPublicKey({ key: data, format }) : createPrivateKey({ key: data, format });
  }
  if (format === "pkcs8") return createPrivateKey({ key: given(data), format: "der", type: "pkcs8" });
  if (format === "spki") return createPublicKey({ key: given(data), format: "der", type: "spki" });
  if (format !== "raw") return fail(`${format} is not supported`, "NotSupportedError");
  const name = nameOf(algorithm);
  if (!["ECDSA", "ECDH", "ED25519", "X25519"].includes(name)) return secretKey(given(data));
  return createPublicKey({ key: rawJwk(name, algorithm, given(data)), format: "jwk" });
}

/** A public key that is given as a bare point. */
function rawJwk(name, algorithm, bytes) {
  if (name === "ED25519" || name === "X25519") return { kty: "OKP", crv: described(name).name, x: bytes.toString("base64url") };
  const half = (bytes.length - 1) / 2;
  const [x, y] = [bytes.subarray(1, 1 + half), bytes.subarray(1 + half)].map((part) => part.toString("base64url"));
  return { kty: "EC", crv: algorithm.namedCurve, x, y };
}

function detailsOf(key) {
  if (key.type === "secret") return { length: key.symmetricKeySize * 8 };
  const details = key.asymmetricKeyDetails;
  if (details.modulusLength === undefined) return {};
  return { modulusLength: details.modulusLength, publicExponent: new Uint8Array([1, 0, 1]) };
}

const KEY_TYPES = { ECDSA: "ec", ECDH: "ec", ED25519: "ed25519", X25519: "x25519" };
const PUBLIC_USAGES = ["verify", "encrypt", "wrapKey"];

async function generatePair(algorithm, extractable, usages) {
  const type = KEY_TYPES[nameOf(algorithm)] ?? "rsa";
  const options = { modulusLength: algorithm.modulusLength, namedCurve: CURVES[algorithm.namedCurve] };
  const pair = await generateKeyPairLater(type, options);
  const isPublic = (usage) => PUBLIC_USAGES.includes(usage);
  return {
    publicKey: wrap(pair.publicKey, algorithm, true, usages.filter(isPublic), detailsOf(pair.publicKey)),
    privateKey: wrap(pair.privateKey, algorithm, extractable, usages.filter((usage) => !isPublic(usage)), detailsOf(pair.privateKey)),
  };
}

function secretLength(algorithm) {
  if (nameOf(algorithm) !== "HMAC") return algorithm.length / 8;
  const blocks = { sha1: 64, sha256: 64, sha384: 128, sha512: 128 };
  return (algorithm.length ?? blocks[digestOf(algorithm.hash)] * 8) / 8;
}

async function derive(algorithm, own, length) {
  const key = use(own, own.usages.includes("deriveBits") ? "deriveBits" : "deriveKey", algorithm);
  switch (nameOf(algorithm)) {
    case "PBKDF2": {
      const { salt, iterations, hash } = algorithm;
      return new Promise((resolve, reject) => {
        const settle = (error, derived) => (error ? reject(error) : resolve(derived));
        nodeCrypto.pbkdf2(key.contents(), given(salt), iterations, length / 8, digestOf(hash), settle);
      });
    }
    case "HKDF":
      return Buffer.from(
        nodeCrypto.hkdfSync(digestOf(algorithm.hash), key.contents(), given(algorithm.salt), given(algorithm.info), length / 8),
      );
    case "ECDH":
    case "X25519": {
      const secret = diffieHellman({ privateKey: key, publicKey: algorithm.public.contents() });
      return length === null || length === undefined ? secret : secret.subarray(0, length / 8);
    }
    default:
      return fail(`${nameOf(algorithm)} is not supported`, "NotSupportedError");
  }
}

/** What fails on the host has one name here, and tells nothing. */
function attempt(work) {
  try {
    return work();
  } catch (error) {
    if (error instanceof DOMException) throw error;
    return fail("The operation failed for an operation-specific reason", "OperationError");
  }
}

export const subtle = {
  async digest(algorithm, data) {
    return bufferOf(nodeCrypto.createHash(digestOf(algorithm)).update(given(data)).digest());
  },

  async importKey(format, data, algorithm, extractable, usages) {
    try {
      const key = keyFrom(format, data, algorithm);
      return wrap(key, algorithm, extractable, usages, detailsOf(key));
    } catch (error) {
      if (error instanceof DOMException) throw error;
      return fail("Invalid keyData", "DataError");
    }
  },

  async exportKey(format, own) {
    if (!own.extractable) fail("key is not extractable", "InvalidAccessError");
    const key = own.contents();
    if (format === "jwk") return { ...key.export({ format: "jwk" }), ext: true, key_ops: [...own.usages] };
    if (format !== "raw") return bufferOf(key.export({ format: "der", type: format }));
    if (key.type === "secret") return bufferOf(key.contents());
    const { x, y } = key.export({ format: "jwk" });
    const point = [x, y].filter(Boolean).map((part) => Buffer.from(part, "base64url"));
    return bufferOf(Buffer.concat(y ? [Buffer.from([4]), ...point] : point));
  },

  async generateKey(algorithm, extractable, usages) {
    const name = nameOf(algorithm);
    if (name !== "HMAC" && !name.startsWith("AES-")) return generatePair(algorithm, extractable, usages);
    const key = secretKey(entropy(secretLength(algorithm)));
    return wrap(key, algorithm, extractable, usages, detailsOf(key));
  },

  async sign(algorithm, own, data) {
    const key = use(own, "sign", algorithm);
    if (nameOf(algorithm) === "HMAC") return bufferOf(hmac(own, key, data));
    const [digest, options] = signingOptions(key, algorithm, own);
    return bufferOf(attempt(() => sign(digest, given(data), options)));
  },

  async verify(algorithm, own, signature, data) {
    const key = use(own, "verify", algorithm);
    if (nameOf(algorithm) === "HMAC") {
      const expected = hmac(own, key, data);
      const bytes = given(signature);
      return bytes.length === expected.length && nodeCrypto.timingSafeEqual(bytes, expected);
    }
    const [digest, options] = signingOptions(key, algorithm, own);
    return attempt(() => verify(digest, given(data), options, given(signature)));
  },

  async encrypt(algorithm, own, data) {
    const key = use(own, "encrypt", algorithm);
    return bufferOf(attempt(() => encryptBytes(algorithm, own, key, data)));
  },

  async decrypt(algorithm, own, data) {
    const key = use(own, "decrypt", algorithm);
    return bufferOf(attempt(() => decryptBytes(algorithm, own, key, data)));
  },

  async deriveBits(algorithm, own, length) {
    return bufferOf(await derive(algorithm, own, length));
  },

  async deriveKey(algorithm, own, derived, extractable, usages) {
    const bytes = await derive(algorithm, own, secretLength(derived) * 8);
    return wrap(secretKey(bytes), derived, extractable, usages, { length: bytes.length * 8 });
  },

  async wrapKey(format, own, wrapping, algorithm) {
    const exported = await subtle.exportKey(format, own);
    const bytes = format === "jwk" ? Buffer.from(JSON.stringify(exported)) : Buffer.from(exported);
    return bufferOf(attempt(() => encryptBytes(algorithm, wrapping, use(wrapping, "wrapKey", algorithm), bytes)));
  },

  async unwrapKey(format, data, wrapping, algorithm, own, extractable, usages) {
    const bytes = attempt(() => decryptBytes(algorithm, wrapping, use(wrapping, "unwrapKey", algorithm), data));
    const key = format === "jwk" ? JSON.parse(bytes.toString()) : bytes;
    return subtle.importKey(format, key, own, extractable, usages);
  },
};
