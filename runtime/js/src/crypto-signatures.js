// Signatures, RSA encryption and key agreement of the module `crypto`.
import { Buffer } from "buffer";
import { askHost } from "./ask.js";
import { base64Of, bytesOf } from "./bytes.js";
import { createPrivateKey, createPublicKey, keyMembers } from "./crypto-keys.js";
import { OwnError, bytesToBase64 } from "./primordials.js";

/** OpenSSL's numbers, as Node shows them. */
export const constants = {
  RSA_PKCS1_PADDING: 1,
  RSA_NO_PADDING: 3,
  RSA_PKCS1_OAEP_PADDING: 4,
  RSA_PKCS1_PSS_PADDING: 6,
  RSA_PSS_SALTLEN_DIGEST: -1,
  RSA_PSS_SALTLEN_MAX_SIGN: -2,
  RSA_PSS_SALTLEN_AUTO: -2,
};

/** `RSA-SHA256`, `sha256WithRSAEncryption`, `SHA-256`, `sha256`: all the same digest. */
function digestOf(name) {
  if (name === undefined || name === null) return "";
  const match = /(md5|sha-?(?:1|224|256|384|512))/i.exec(name);
  if (match === null) throw new OwnError(`Invalid digest: ${name}`);
  return match[1].toLowerCase().replace("-", "");
}

const encoded = (bytes, encoding) => (encoding && encoding !== "buffer" ? bytes.toString(encoding) : bytes);

function schemeOf(given) {
  const options = typeof given === "object" && given !== null ? given : {};
  const padding = options.padding === constants.RSA_PKCS1_PSS_PADDING ? "pss" : "pkcs1";
  return { padding, saltLength: options.saltLength ?? -2, p1363: options.dsaEncoding === "ieee-p1363" };
}

export function sign(algorithm, data, given) {
  const question = { ...keyMembers(createPrivateKey(given)), ...schemeOf(given), digest: digestOf(algorithm) };
  return Buffer.from(askHost("key.sign", { ...question, data: base64Of(data, "data") }), "base64");
}

export function verify(algorithm, data, given, signature) {
  const question = { ...keyMembers(createPublicKey(given)), ...schemeOf(given), digest: digestOf(algorithm) };
  const parts = { data: base64Of(data, "data"), signature: base64Of(signature, "signature") };
  return askHost("key.verify", { ...question, ...parts });
}

/** What is fed to a signature or its check is kept until it is wanted. */
class Message {
  #chunks = [];

  constructor(algorithm) {
    this.algorithm = algorithm;
  }

  update(data, encoding) {
    this.#chunks.push(Buffer.from(typeof data === "string" ? Buffer.from(data, encoding) : bytesOf(data, "data")));
    return this;
  }

  write(data, encoding) {
    this.update(data, encoding);
    return true;
  }

  end(data, encoding) {
    if (data !== undefined) this.update(data, encoding);
    return this;
  }

  whole() {
    return Buffer.concat(this.#chunks);
  }
}

export class Sign extends Message {
  sign(key, encoding) {
    return encoded(sign(this.algorithm, this.whole(), key), encoding);
  }
}

export class Verify extends Message {
  verify(key, signature, encoding) {
    const bytes = typeof signature === "string" ? Buffer.from(signature, encoding) : signature;
    return verify(this.algorithm, this.whole(), key, bytes);
  }
}

function encryptionOf(given) {
  const options = typeof given === "object" && given !== null ? given : {};
  const padding = options.padding === constants.RSA_PKCS1_PADDING ? "pkcs1" : "oaep";
  const label = options.oaepLabel === undefined ? "" : base64Of(options.oaepLabel, "oaepLabel");
  return { padding, digest: digestOf(options.oaepHash ?? "sha1"), label };
}

export function publicEncrypt(given, data) {
  const question = { ...keyMembers(createPublicKey(given)), ...encryptionOf(given) };
  return Buffer.from(askHost("key.encrypt", { ...question, data: base64Of(data, "buffer") }), "base64");
}

export function privateDecrypt(given, data) {
  const question = { ...keyMembers(createPrivateKey(given)), ...encryptionOf(given) };
  return Buffer.from(askHost("key.decrypt", { ...question, data: base64Of(data, "buffer") }), "base64");
}

export function diffieHellman({ privateKey, publicKey }) {
  const peer = bytesToBase64(publicKey.contents());
  return Buffer.from(askHost("key.agree", { ...keyMembers(privateKey), peer }), "base64");
}
