// `createCipheriv` and `createDecipheriv`: the host works on whole messages, so what comes out comes at the end.
import { Buffer } from "buffer";
import { askHost } from "./ask.js";
import { bytesOf } from "./bytes.js";
import { createSecretKey } from "./crypto-keys.js";
import { OwnError, bytesToBase64 } from "./primordials.js";

/** Modes without blocks, whose output is as long as their input: each piece comes out as it goes in. */
const STREAMING = /-ctr$/;
const AUTHENTICATED = /-gcm$|-poly1305$/;
const TAG_LENGTH = 16;

const encoded = (bytes, encoding) => (encoding && encoding !== "buffer" ? bytes.toString(encoding) : bytes);
const toBuffer = (data, encoding) => (typeof data === "string" ? Buffer.from(data, encoding) : Buffer.from(bytesOf(data, "data")));

class Cipher {
  #question;
  #chunks = [];
  #given = 0;
  #tag = Buffer.alloc(0);
  #ended = false;
  #padding = true;
  #aad = Buffer.alloc(0);

  constructor(algorithm, key, iv, options, encrypt) {
    const name = `${algorithm}`.toLowerCase().replace(/^aes(128|192|256)$/, "aes-$1-cbc").replace("id-aes", "aes-").replace(/-GCM$/, "-gcm");
    const bytes = { key: bytesToBase64(createSecretKey(key).contents()), iv: iv === null ? "" : bytesToBase64(toBuffer(iv)) };
    this.#question = { algorithm: name, ...bytes, encrypt, tagLength: options?.authTagLength ?? TAG_LENGTH };
    this.run(new Uint8Array(0), true);
  }

  /** Asks the host; a first question about nothing finds out at once whether key and vector fit. */
  run(data, probing = false) {
    const { encrypt } = this.#question;
    const question = { ...this.#question, encrypt: probing || encrypt, padding: this.#padding };
    const parts = { data: bytesToBase64(data), aad: bytesToBase64(this.#aad), tag: bytesToBase64(this.#tag) };
    return askHost("cipher.run", { ...question, ...parts });
  }

  update(data, inputEncoding, outputEncoding) {
    if (this.#ended) throw new OwnError("Unsupported state");
    this.#chunks.push(toBuffer(data, inputEncoding));
    const ready = STREAMING.test(this.#question.algorithm) ? this.#outcome() : Buffer.alloc(0);
    return encoded(ready, outputEncoding);
  }

  #outcome() {
    const { data, tag } = this.run(Buffer.concat(this.#chunks));
    if (tag !== undefined) this.#tag = Buffer.from(tag, "base64");
    const whole = Buffer.from(data, "base64");
    const fresh = whole.subarray(this.#given);
    this.#given = whole.length;
    return fresh;
  }

  final(encoding) {
    if (this.#ended) throw new OwnError("Unsupported state");
    this.#ended = true;
    return encoded(this.#outcome(), encoding);
  }

  setAutoPadding(padding = true) {
    this.#padding = padding;
    return this;
  }

  setAAD(data, options) {
    this.#aad = Buffer.concat([this.#aad, toBuffer(data, options?.encoding)]);
    return this;
  }

  setAuthTag(tag, encoding) {
    this.#tag = toBuffer(tag, encoding);
    return this;
  }

  getAuthTag() {
    if (!this.#ended || !AUTHENTICATED.test(this.#question.algorithm)) throw new OwnError("Invalid state for operation getAuthTag");
    return this.#tag;
  }
}

export const createCipheriv = (algorithm, key, iv, options) => new Cipher(algorithm, key, iv, options, true);
export const createDecipheriv = (algorithm, key, iv, options) => new Cipher(algorithm, key, iv, options, false);
export const getCiphers = () => [
  ...["cbc", "ecb", "ctr", "gcm"].flatMap((mode) => [128, 192, 256].map((bits) => `aes-${bits}-${mode}`)),
  "chacha20-poly1305",
];
