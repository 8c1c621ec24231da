// The module `querystring`.
import { percentDecode } from "./percent.js";

const escape = (text) => encodeURIComponent(`${text}`.toWellFormed());
const unescape = (text) => percentDecode(`${text}`);
const decode = (text) => unescape(text.replaceAll("+", " "));

/** A name given more than once has the list of its values. */
function add(values, name, value) {
  if (values[name] === undefined) values[name] = value;
  else values[name] = [values[name], value].flat();
}

function parse(text, separator = "&", equals = "=") {
  const values = Object.create(null);
  for (const part of `${text}`.split(separator).filter(Boolean)) {
    const at = part.indexOf(equals);
    const name = at < 0 ? part : part.slice(0, at);
    add(values, decode(name), at < 0 ? "" : decode(part.slice(at + equals.length)));
  }
  return values;
}

const textOf = (value) => (["string", "number", "bigint", "boolean"].includes(typeof value) ? `${value}` : "");

function stringify(values, separator = "&", equals = "=") {
  return Object.entries(values ?? {})
    .flatMap(([name, value]) => [value].flat().map((item) => `${escape(name)}${equals}${escape(textOf(item))}`))
    .join(separator);
}

/** The module `querystring`. */
export const nodeQuerystring = { decode: parse, encode: stringify, escape, parse, stringify, unescape };
