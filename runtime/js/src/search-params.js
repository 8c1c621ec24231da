// The global `URLSearchParams`.
import { formDecode, formEncode } from "./percent.js";

function pairOf(part) {
  const equals = part.indexOf("=");
  if (equals < 0) return [formDecode(part), ""];
  return [formDecode(part.slice(0, equals)), formDecode(part.slice(equals + 1))];
}

const pairsOfText = (text) => text.replace(/^\?/, "").split("&").filter(Boolean).map(pairOf);

function pairsOf(given) {
  if (given === undefined || given === null) return [];
  if (typeof given !== "object") return pairsOfText(`${given}`);
  const pairs = typeof given[Symbol.iterator] === "function" ? [...given] : Object.entries(given);
  return pairs.map((pair) => {
    const [name, value, ...rest] = pair;
    if (value === undefined || rest.length > 0) throw new TypeError("Each pair of a query must be [name, value]");
    return [`${name}`, `${value}`];
  });
}

export class URLSearchParams {
  #pairs;
  #changed = () => {};

  constructor(given) {
    this.#pairs = pairsOf(given);
  }

  /** Ties the parameters to the query of a URL: each change is told. */
  static tie(text, changed) {
    const params = new URLSearchParams(text);
    params.#changed = changed;
    return params;
  }

  /** Takes over a query that was set on the URL itself. */
  static refill(params, text) {
    params.#pairs = pairsOfText(text);
  }

  #set(pairs) {
    this.#pairs = pairs;
    this.#changed(this.toString());
  }

  get size() {
    return this.#pairs.length;
  }

  append(name, value) {
    this.#set([...this.#pairs, [`${name}`, `${value}`]]);
  }

  delete(name, value) {
    this.#set(this.#pairs.filter((pair) => pair[0] !== `${name}` || (value !== undefined && pair[1] !== `${value}`)));
  }

  get(name) {
    return this.#pairs.find((pair) => pair[0] === `${name}`)?.[1] ?? null;
  }

  getAll(name) {
    return this.#pairs.filter((pair) => pair[0] === `${name}`).map((pair) => pair[1]);
  }

  has(name, value) {
    return this.#pairs.some((pair) => pair[0] === `${name}` && (value === undefined || pair[1] === `${value}`));
  }

  set(name, value) {
    const first = this.#pairs.findIndex((pair) => pair[0] === `${name}`);
    if (first < 0) return this.append(name, value);
    const others = this.#pairs.filter((pair, index) => pair[0] !== `${name}` || index === first);
    return this.#set(others.with(first, [`${name}`, `${value}`]));
  }

  sort() {
    this.#set(this.#pairs.toSorted(([a], [b]) => (a < b ? -1 : +(a > b))));
  }

  forEach(visit, receiver) {
    for (const [name, value] of this.#pairs) visit.call(receiver, value, name, this);
  }

  *entries() {
    for (const [name, value] of this.#pairs) yield [name, value];
  }

  *keys() {
    for (const [name] of this.#pairs) yield name;
  }

  *values() {
    for (const [, value] of this.#pairs) yield value;
  }

  [Symbol.iterator]() {
    return this.entries();
  }

  toString() {
    return this.#pairs.map(([name, value]) => `${formEncode(name)}=${formEncode(value)}`).join("&");
  }
}
