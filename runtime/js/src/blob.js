// `Blob`, `File` and `FormData`, whole in memory.
import { Buffer } from "buffer";
import { entropy } from "./entropy.js";

const bytesOfPart = (part) => {
  if (part instanceof Blob) return Buffer.from(part.contents());
  if (part instanceof ArrayBuffer) return Buffer.from(part);
  if (ArrayBuffer.isView(part)) return Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  return Buffer.from(`${part}`);
};

export class Blob {
  #bytes;
  #type;

  constructor(parts = [], { type = "" } = {}) {
    this.#bytes = Buffer.concat([...parts].map(bytesOfPart));
    this.#type = `${type}`.toLowerCase();
  }

  get size() {
    return this.#bytes.length;
  }

  get type() {
    return this.#type;
  }

  /** The bytes themselves, for this library. */
  contents() {
    return this.#bytes;
  }

  async arrayBuffer() {
    return new Uint8Array(this.#bytes).buffer;
  }

  async bytes() {
    return new Uint8Array(this.#bytes);
  }

  async text() {
    return this.#bytes.toString("utf8");
  }

  slice(start, end, type) {
    return new Blob([this.#bytes.slice(start, end)], { type });
  }

  get [Symbol.toStringTag]() {
    return "Blob";
  }
}

export class File extends Blob {
  constructor(parts, name, options = {}) {
    super(parts, options);
    this.name = `${name}`;
    this.lastModified = options.lastModified ?? Date.now();
  }

  get [Symbol.toStringTag]() {
    return "File";
  }
}

function entryOf(value, filename) {
  if (!(value instanceof Blob)) return `${value}`;
  if (value instanceof File && filename === undefined) return value;
  return new File([value], filename ?? "blob", { type: value.type });
}

const quoted = (name) => name.replace(/\r?\n|\r/g, "%0D%0A").replace(/"/g, "%22");

export class FormData {
  #entries = [];

  append(name, value, filename) {
    this.#entries.push([`${name}`, entryOf(value, filename)]);
  }

  delete(name) {
    this.#entries = this.#entries.filter(([key]) => key !== name);
  }

  get(name) {
    return this.#entries.find(([key]) => key === name)?.[1] ?? null;
  }

  getAll(name) {
    return this.#entries.filter(([key]) => key === name).map(([, value]) => value);
  }

  has(name) {
    return this.#entries.some(([key]) => key === name);
  }

  set(name, value, filename) {
    this.delete(name);
    this.append(name, value, filename);
  }

  *entries() {
    yield* this.#entries;
  }

  *keys() {
    for (const [name] of this.#entries) yield name;
  }

  *values() {
    for (const [, value] of this.#entries) yield value;
  }

  forEach(callback, receiver) {
    for (const [name, value] of this.#entries) callback.call(receiver, value, name, this);
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return "FormData";
  }

  /** As multipart/form-data (RFC 7578): the bytes and their content type. */
  encode() {
    const boundary = `----formdata-${Buffer.from(entropy(16)).toString("hex")}`;
    const parts = this.#entries.flatMap(([name, value]) => {
      const file = value instanceof File;
      const lines = [`--${boundary}`, `Content-Disposition: form-data; name="${quoted(name)}"`];
      if (file) lines[1] += `; filename="${quoted(value.name)}"`;
      if (file) lines.push(`Content-Type: ${value.type || "application/octet-stream"}`);
      return [`${lines.join("\r\n")}\r\n\r\n`, file ? value : value, "\r\n"];
    });
    return { bytes: new Blob([...parts, `--${boundary}--\r\n`]).contents(), type: `multipart/form-data; boundary=${boundary}` };
  }
}
