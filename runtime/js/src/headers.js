// `Headers` of the Fetch standard.
import { OwnTypeError } from "./primordials.js";

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FORBIDDEN = /[\0\r\n]/;

function keyOf(name) {
  if (!NAME.test(name)) throw new OwnTypeError(`'${name}' is not a valid name of a header`);
  return `${name}`.toLowerCase();
}

function valueOf(value) {
  const text = `${value}`.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
  if (FORBIDDEN.test(text)) throw new OwnTypeError("the value of a header holds a line break");
  return text;
}

export class Headers {
  #values = new Map();

  constructor(init) {
    if (init === undefined || init === null) return;
    const entries = typeof init[Symbol.iterator] === "function" ? init : Object.entries(init);
    for (const [name, value] of entries) this.append(name, value);
  }

  append(name, value) {
    const key = keyOf(name);
    this.#values.set(key, [...(this.#values.get(key) ?? []), valueOf(value)]);
  }

  delete(name) {
    this.#values.delete(keyOf(name));
  }

  get(name) {
    return this.#values.get(keyOf(name))?.join(", ") ?? null;
  }

  getSetCookie() {
    return [...(this.#values.get("set-cookie") ?? [])];
  }

  has(name) {
    return this.#values.has(keyOf(name));
  }

  set(name, value) {
    this.#values.set(keyOf(name), [valueOf(value)]);
  }

  *entries() {
    for (const name of [...this.#values.keys()].sort()) {
      if (name === "set-cookie") for (const value of this.getSetCookie()) yield [name, value];
      else yield [name, this.get(name)];
    }
  }

  *keys() {
    for (const [name] of this.entries()) yield name;
  }

  *values() {
    for (const [, value] of this.entries()) yield value;
  }

  forEach(callback, receiver) {
    for (const [name, value] of this.entries()) callback.call(receiver, value, name, this);
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  get [Symbol.toStringTag]() {
    return "Headers";
  }
}
