// Extended JSON to JavaScript values: what enters a function.
import {
  BSONRegExp,
  BSONSymbol,
  Binary,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from "bson";
import { DBPointer } from "./dbpointer.js";
import { MAX_DEPTH } from "./limits.js";
import { noteBare, noteHeld } from "./origins.js";
import {
  OwnDate,
  OwnRangeError,
  OwnTypeError,
  base64ToBytes,
  isArray,
  isSafeInteger,
  objectKeys,
  setOwn,
} from "./primordials.js";

const UUID_SUBTYPE = 4;

/** A 64-bit integer as a plain number where that loses nothing. */
function readLong(text) {
  const number = +text;
  return isSafeInteger(number) ? number : Long.fromString(text);
}

function readDate(value) {
  if (typeof value === "object" && value !== null) return new OwnDate(+value.$numberLong);
  return new OwnDate(value);
}

function readBinary(value, wrapper) {
  const legacy = typeof value === "string";
  const bytes = base64ToBytes(legacy ? value : value.base64);
  const subType = parseInt((legacy ? wrapper.$type : value.subType) || "0", 16);
  return subType === UUID_SUBTYPE && bytes.length === 16 ? new UUID(bytes) : new Binary(bytes, subType);
}

/** The author's code may hold a reference in any order of keys, with further fields beside it. */
function readReference(wrapper, typed, depth) {
  const { $ref, $id, $db, ...fields } = wrapper;
  return new DBRef($ref, walk($id, typed, depth + 1), $db, walk(fields, typed, depth + 1));
}

const readers = {
  __proto__: null,
  $oid: (value) => new ObjectId(value),
  $numberInt: (value, _wrapper, typed) => (typed ? new Int32(+value) : +value),
  $numberDouble: (value, _wrapper, typed) => (typed ? new Double(+value) : +value),
  $numberLong: (value, _wrapper, typed) => (typed ? Long.fromString(value) : readLong(value)),
  $numberDecimal: (value) => Decimal128.fromString(value),
  $date: readDate,
  $binary: readBinary,
  $uuid: (value) => new UUID(value),
  $regularExpression: (value) => new BSONRegExp(value.pattern, value.options),
  $timestamp: (value) => new Timestamp({ t: value.t, i: value.i }),
  $symbol: (value) => new BSONSymbol(value),
  $code: (value, wrapper, typed, depth) =>
    new Code(value, wrapper.$scope === undefined ? undefined : walk(wrapper.$scope, typed, depth + 1)),
  $dbPointer: (value, _wrapper, typed, depth) => new DBPointer(value.$ref, walk(value.$id, typed, depth + 1)),
  $minKey: () => new MinKey(),
  $maxKey: () => new MaxKey(),
  $undefined: () => undefined,
};

const companions = { __proto__: null, $code: "$scope", $binary: "$type" };

/** Finds the reader of a typed wrapper; an object that merely has a `$` key (a query) is none. */
function readerOf(keys) {
  if (keys.length === 1) return readers[keys[0]];
  if (keys.length !== 2) return undefined;
  for (const [main, other] of [keys, [keys[1], keys[0]]]) {
    if (companions[main] === other) return readers[main];
  }
  return undefined;
}

function isReference(object) {
  return typeof object.$ref === "string" && object.$id !== undefined;
}

function walkArray(array, typed, depth) {
  for (let i = 0; i < array.length; i++) {
    const item = array[i];
    if (typeof item === "object" && item !== null) {
      array[i] = walk(item, typed, depth + 1);
      if (typeof array[i] === "number") noteHeld(array, i, array[i], item);
    }
  }
  return array;
}

function walkObject(object, typed, depth) {
  const keys = objectKeys(object);
  const first = keys[0];
  if (first !== undefined && first[0] === "$") {
    const reader = readerOf(keys);
    if (reader !== undefined) {
      const main = readers[first] === reader ? first : keys[1];
      return reader(object[main], object, typed, depth);
    }
    if (isReference(object)) return readReference(object, typed, depth);
  }
  for (let i = 0; i < keys.length; i++) {
    const item = object[keys[i]];
    if (typeof item === "object" && item !== null) {
      const value = walk(item, typed, depth + 1);
      setOwn(object, keys[i], value);
      if (typeof value === "number") noteHeld(object, keys[i], value, item);
    }
  }
  return object;
}

function walk(value, typed, depth) {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) throw new OwnRangeError(`Extended JSON is nested deeper than ${MAX_DEPTH} levels`);
  return isArray(value) ? walkArray(value, typed, depth) : walkObject(value, typed, depth);
}

/** Turns parsed Extended JSON into values, in place; numbers become plain numbers where nothing is lost. */
export function decode(json) {
  const value = walk(json, false, 0);
  if (typeof value === "number" && typeof json === "object") noteBare(value, json);
  return value;
}

/** As `decode`, for the arguments of a call: each comes alone. */
export function decodeArguments(json) {
  const values = [];
  for (let i = 0; i < json.length; i++) values[i] = decode(json[i]);
  return values;
}

/** Like `decode`, but typed numbers become BSON objects that keep their type. */
export function decodeTyped(json) {
  try {
    return walk(json, true, 0);
  } catch (error) {
    throw new OwnTypeError(`Invalid Extended JSON: ${error.message}`);
  }
}
