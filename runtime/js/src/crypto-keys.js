// Keys of the module `crypto`: read by the host, held as the bytes of PKCS#8 or SPKI.
import { Buffer } from "buffer";
import { askHost } from "./ask.js";
import { base64Of, bytesOf } from "./bytes.js";
import { hostCall } from "./door.js";
import { OwnTypeError, bytesToBase64, parseJson } from "./primordials.js";

const MADE_HERE = Symbol("made by this library");

export class KeyObject {
  #type;
  #bytes;
  #description;

  constructor(mark, type, bytes, description = {}) {
    if (mark !== MADE_HERE) throw new OwnTypeError("Illegal constructor");
    this.#type = type;
    this.#bytes = bytes;
    this.#description = description;
  }

  get type() {
    return this.#type;
  }

  get asymmetricKeyType() {
    return this.#description.algorithm;
  }

  get asymmetricKeyDetails() {
    const { details } = this.#description;
    if (details?.exponent === undefined) return details;
    return { modulusLength: details.modulusLength, publicExponent: BigInt(details.exponent) };
  }

  get symmetricKeySize() {
    return this.#type === "secret" ? this.#bytes.length : undefined;
  }

  /** The bytes themselves, for this library. */
  contents() {
    return this.#bytes;
  }

  equals(other) {
    return this.#type === other.type && Buffer.compare(this.#bytes, other.contents()) === 0;
  }

  export(options = {}) {
    if (this.#type === "secret") return exportSecret(this.#bytes, options);
    const format = options.format ?? "der";
    const type = options.type ?? (this.#type === "private" ? "pkcs8" : "spki");
    const passphrase = options.passphrase === undefined ? "" : base64Of(options.passphrase, "passphrase");
    const written = askHost("key.write", { ...keyMembers(this), format, type, passphrase });
    if (format === "jwk") return written;
    const bytes = Buffer.from(written, "base64");
    return format === "pem" ? bytes.toString("latin1") : bytes;
  }

  get [Symbol.toStringTag]() {
    return "KeyObject";
  }

  static from({ key }) {
    return key;
  }
}

function exportSecret(bytes, { format }) {
  return format === "jwk" ? { kty: "oct", k: Buffer.from(bytes).toString("base64url") } : Buffer.from(bytes);
}

/** How an asymmetric key travels to the host. */
export function keyMembers(key) {
  return { key: bytesToBase64(key.contents()), isPrivate: key.type === "private" };
}

/** A key from what the host says of one. */
export function keyFromHost(description) {
  const type = description.isPrivate ? "private" : "public";
  return new KeyObject(MADE_HERE, type, Buffer.from(description.key, "base64"), description);
}

export const secretKey = (bytes) => new KeyObject(MADE_HERE, "secret", Buffer.from(bytes));

export function createSecretKey(key, encoding) {
  if (key instanceof KeyObject) return key;
  return secretKey(typeof key === "string" ? Buffer.from(key, encoding) : bytesOf(key, "key"));
}

/** What may stand for a key: the key, PEM, bytes, or an object that holds one of them and says more. */
function questionOf(given, kind) {
  const described = typeof given === "object" && given !== null && "key" in given && !(given instanceof KeyObject);
  const { key, format, passphrase, encoding } = described ? given : { key: given };
  if (format === "jwk") return { format: "jwk", data: key, kind };
  const data = typeof key === "string" ? Buffer.from(key, encoding ?? "utf8") : bytesOf(key, "key");
  const secret = passphrase === undefined ? "" : base64Of(passphrase, "passphrase");
  return { format: "bytes", data: bytesToBase64(data), passphrase: secret, kind };
}

const ownKey = (given) => (given instanceof KeyObject ? given : given?.key instanceof KeyObject ? given.key : undefined);

export function createPrivateKey(given) {
  const own = ownKey(given);
  if (own !== undefined && own.type !== "private") throw new OwnTypeError(`Invalid key object type ${own.type}, expected private.`);
  return own ?? keyFromHost(askHost("key.read", questionOf(given, "private")));
}

export function createPublicKey(given) {
  const own = ownKey(given);
  if (own?.type === "public") return own;
  if (own?.type === "secret") throw new OwnTypeError("Invalid key object type secret, expected public or private.");
  const question = own ? { format: "bytes", data: bytesToBase64(own.contents()), passphrase: "", kind: "public" } : undefined;
  return keyFromHost(askHost("key.read", question ?? questionOf(given, "public")));
}

/** Bits of an RSA key that is made at once. */
const MOST_AT_ONCE = 2048;

export function generateKeyPairSync(type, options = {}) {
  const question = { algorithm: type, bits: options.modulusLength ?? 0, curve: options.namedCurve ?? "" };
  return pairOf(askHost("key.make", question), options);
}

/** As `generateKeyPairSync`, but large keys are made where nobody else waits for them. */
export async function generateKeyPairLater(type, options = {}) {
  const bits = options.modulusLength;
  if (type !== "rsa" || !(bits > MOST_AT_ONCE)) return generateKeyPairSync(type, options);
  return pairOf(parseJson(await hostCall("crypto.rsa", { bits })), options);
}

function pairOf(description, options) {
  const privateKey = keyFromHost(description);
  const publicKey = createPublicKey(privateKey);
  const { privateKeyEncoding, publicKeyEncoding } = options;
  return {
    publicKey: publicKeyEncoding ? publicKey.export(publicKeyEncoding) : publicKey,
    privateKey: privateKeyEncoding ? privateKey.export(privateKeyEncoding) : privateKey,
  };
}
