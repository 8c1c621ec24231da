// The BSON types of numbers that came from outside, where the value alone would name another type.
import { OwnMap, OwnWeakMap, isInteger, mapGet, mapSet, sameValue, weakGet, weakSet } from "./primordials.js";

// A whole double, or a small 64-bit integer, is a plain number: its type is kept beside what holds it.
const held = new OwnWeakMap();
const bare = new OwnMap();
let anyHeld = false;

/** The type that a number has by its value. */
function typeByValue(number) {
  if (!isInteger(number) || sameValue(number, -0)) return "$numberDouble";
  if (number === (number | 0)) return "$numberInt";
  return number >= -(2 ** 63) && number < 2 ** 63 ? "$numberLong" : "$numberDouble";
}

function typeOf(wrapper) {
  if (wrapper.$numberDouble !== undefined) return "$numberDouble";
  return wrapper.$numberLong === undefined ? "$numberInt" : "$numberLong";
}

/** Notes the type of a number that was read from its wrapper into a member of an object or array. */
export function noteHeld(holder, key, number, wrapper) {
  const type = typeOf(wrapper);
  if (type === typeByValue(number)) return;
  let types = weakGet(held, holder);
  if (types === undefined) {
    types = { __proto__: null };
    weakSet(held, holder, types);
    anyHeld = true;
  }
  types[key] = { number, type };
}

/** Notes the type of a number that came alone: an argument, or what a host call gave. */
export function noteBare(number, wrapper) {
  const type = typeOf(wrapper);
  if (type !== typeByValue(number)) mapSet(bare, number, type);
}

/** The noted types of an object's members, by key; undefined where there are none. */
export function typesIn(holder) {
  return anyHeld ? weakGet(held, holder) : undefined;
}

/** The noted type of a number that stands alone; undefined where there is none. */
export function typeOfBare(number) {
  return mapGet(bare, number);
}
