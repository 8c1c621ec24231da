// The global `EJSON`: canonical both ways, as App Services had it.
import { decodeTyped } from "./decode.js";
import { encode } from "./encode.js";
import { parseJson, stringifyJson } from "./primordials.js";
import { CANONICAL, RELAXED } from "./styles.js";

const optionsAmong = (given) => given.find((item) => typeof item === "object" && item !== null && "relaxed" in item);
const isSpace = (item) => typeof item === "number" || typeof item === "string";

/** Takes what npm bson's function takes, so that `EJSON.stringify(value, null, 2)` indents. */
function stringify(value, ...given) {
  const text = encode(value, optionsAmong(given)?.relaxed ? RELAXED : CANONICAL);
  const space = given.find(isSpace);
  return space === undefined ? text : stringifyJson(parseJson(text), null, space);
}

/** The global `EJSON`. */
export const EJSON = {
  parse: (text) => decodeTyped(parseJson(text)),
  stringify,
  serialize: (value) => parseJson(encode(value, CANONICAL)),
  deserialize: (value) => decodeTyped(parseJson(stringifyJson(value))),
};
