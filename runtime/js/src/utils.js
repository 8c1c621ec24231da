// The global `utils`: tokens and cryptography, all of it done by the host.
import { Binary } from "bson";
import { askHost } from "./ask.js";
import { base64Of } from "./bytes.js";
import { OwnError, base64ToBytes, isArray, parseJson, stringifyJson } from "./primordials.js";

const HMAC_FORMATS = ["hex", "base64"];

const binary = (base64) => new Binary(base64ToBytes(base64));

function expectName(name, expected) {
  if (name !== expected) throw new OwnError(`Unknown method '${name}', only '${expected}' is supported`);
}

function schemeOf(scheme = "pss") {
  if (scheme !== "pss" && scheme !== "pkcs1v15")
    throw new OwnError(`Unknown scheme '${scheme}', only pss and pkcs1v15 are`);
  return scheme;
}

/** A key in PEM or as a secret: text, or a Binary of that text. */
const keyOf = (key) => (key instanceof Binary ? key.text() : `${key}`);

const jwt = {
  encode(method, payload, secret, customHeaderFields) {
    const text = typeof payload === "string" ? payload : stringifyJson(payload);
    return askHost("jwt.encode", { method, payload: text, key: keyOf(secret), header: customHeaderFields ?? {} });
  },

  decode(token, key, returnHeader, acceptedSigningMethods) {
    const algorithms = isArray(acceptedSigningMethods) ? acceptedSigningMethods : null;
    const { header, payload } = askHost("jwt.decode", { token: `${token}`, key: keyOf(key), algorithms });
    const claims = parseJson(payload);
    return returnHeader ? { header, payload: claims } : claims;
  },
};

const crypto = {
  encrypt(name, message, key) {
    expectName(name, "aes");
    return binary(
      askHost("crypto.encrypt", { name, message: base64Of(message, "message"), key: base64Of(key, "key") }),
    );
  },

  decrypt(name, message, key) {
    expectName(name, "aes");
    return binary(
      askHost("crypto.decrypt", { name, message: base64Of(message, "message"), key: base64Of(key, "key") }),
    );
  },

  sign(name, message, privateKey, scheme) {
    expectName(name, "rsa");
    const question = { name, message: base64Of(message, "message"), key: keyOf(privateKey), scheme: schemeOf(scheme) };
    return binary(askHost("crypto.sign", question));
  },

  verify(name, message, publicKey, signature, scheme) {
    expectName(name, "rsa");
    return askHost("crypto.verify", {
      name,
      message: base64Of(message, "message"),
      key: keyOf(publicKey),
      signature: base64Of(signature, "signature"),
      scheme: schemeOf(scheme),
    });
  },

  hmac(input, secret, hash, format) {
    if (!HMAC_FORMATS.includes(format)) throw new OwnError(`Unknown format '${format}', only hex and base64 are`);
    const question = { algorithm: `${hash}`, key: base64Of(secret, "secret"), data: base64Of(input, "input") };
    const mac = askHost("crypto.hmac", question);
    return format === "base64" ? mac : base64ToBytes(mac).toHex();
  },

  hash(name, input) {
    return binary(askHost("crypto.hash", { algorithm: `${name}`, data: base64Of(input, "input") }));
  },
};

/** The global `utils`. */
export const utils = { jwt, crypto };
