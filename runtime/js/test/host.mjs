// The synchronous door's other side, on Node's crypto.
import * as crypto from "node:crypto";

const bytes = (base64) => Buffer.from(base64, "base64");
const NONCE = 12;
const TAG = 16;

function aesName(key) {
  return `aes-${key.length * 8}-gcm`;
}

function encrypt({ message, key }) {
  const nonce = crypto.randomBytes(NONCE);
  const cipher = crypto.createCipheriv(aesName(bytes(key)), bytes(key), nonce);
  return Buffer.concat([nonce, cipher.update(bytes(message)), cipher.final(), cipher.getAuthTag()]).toString("base64");
}

function decrypt({ message, key }) {
  const all = bytes(message);
  const decipher = crypto.createDecipheriv(aesName(bytes(key)), bytes(key), all.subarray(0, NONCE));
  decipher.setAuthTag(all.subarray(-TAG));
  return Buffer.concat([decipher.update(all.subarray(NONCE, -TAG)), decipher.final()]).toString("base64");
}

const padding = {
  pss: crypto.constants.RSA_PKCS1_PSS_PADDING,
  pkcs1v15: crypto.constants.RSA_PKCS1_PADDING,
};

const json64 = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const hmac64url = (method, key, data) =>
  crypto
    .createHmac(`sha${method.slice(2)}`, key)
    .update(data)
    .digest("base64url");

function encodeToken({ method, payload, key, header }) {
  const signed = `${json64({ alg: method, typ: "JWT", ...header })}.${Buffer.from(payload).toString("base64url")}`;
  return `${signed}.${hmac64url(method, key, signed)}`;
}

function decodeToken({ token, key, algorithms }) {
  const [head, body, signature] = token.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url"));
  if (algorithms !== null && !algorithms.includes(header.alg)) throw new Error("method not accepted");
  if (hmac64url(header.alg, key, `${head}.${body}`) !== signature) throw new Error("signature is invalid");
  return { header, payload: Buffer.from(body, "base64url").toString() };
}

const operations = {
  "crypto.random": ({ length }) => crypto.randomBytes(length).toString("base64"),
  "crypto.hash": ({ algorithm, data }) => crypto.createHash(algorithm).update(bytes(data)).digest("base64"),
  "crypto.hmac": ({ algorithm, key, data }) =>
    crypto.createHmac(algorithm, bytes(key)).update(bytes(data)).digest("base64"),
  "crypto.encrypt": encrypt,
  "crypto.decrypt": decrypt,
  "crypto.sign": ({ message, key, scheme }) =>
    crypto.sign("sha256", bytes(message), { key, padding: padding[scheme] }).toString("base64"),
  "crypto.verify": ({ message, key, signature, scheme }) =>
    crypto.verify("sha256", bytes(message), { key, padding: padding[scheme] }, bytes(signature)),
  "crypto.scrypt": ({ password, salt, keyLength, N, r, p }) =>
    crypto.scryptSync(bytes(password), bytes(salt), keyLength, { N, r, p }).toString("base64"),
  "crypto.pbkdf2": ({ password, salt, iterations, keyLength, digest }) =>
    crypto.pbkdf2Sync(bytes(password), bytes(salt), iterations, keyLength, digest).toString("base64"),
  "jwt.encode": encodeToken,
  "jwt.decode": decodeToken,
};

/** Answers one operation of the synchronous door, errors included, as JSON text. */
export function answerSync(operation, text) {
  try {
    return JSON.stringify({ value: operations[operation](JSON.parse(text)) });
  } catch ({ name, message }) {
    return JSON.stringify({ error: { name, message } });
  }
}
