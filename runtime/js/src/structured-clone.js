// The global `structuredClone`.
import {
  OwnArrayBuffer,
  OwnDataView,
  OwnDate,
  OwnError,
  OwnMap,
  OwnRegExp,
  OwnSet,
  OwnTypeError,
  isArray,
  isView,
  objectKeys,
  setOwn,
  timeOf,
} from "./primordials.js";

function cloneView(view, seen) {
  const buffer = clone(view.buffer, seen);
  const length = view instanceof OwnDataView ? view.byteLength : view.length;
  return new view.constructor(buffer, view.byteOffset, length);
}

function cloneError(error) {
  const copy = new OwnError(error.message);
  copy.name = error.name;
  copy.stack = error.stack;
  return copy;
}

/** Copies of what has no members to follow; undefined for everything else. */
function cloneLeaf(value, seen) {
  if (value instanceof OwnDate) return new OwnDate(timeOf(value));
  if (value instanceof OwnRegExp) return new OwnRegExp(value.source, value.flags);
  if (value instanceof OwnArrayBuffer) return value.slice(0);
  if (isView(value)) return cloneView(value, seen);
  if (value instanceof OwnError) return cloneError(value);
  return undefined;
}

function fillMembers(copy, value, seen) {
  for (const key of objectKeys(value)) setOwn(copy, key, clone(value[key], seen));
}

/** The copy is noted before its members are made, so that a cycle ends at it. */
function cloneContainer(value, seen) {
  const empty = value instanceof OwnMap || value instanceof OwnSet ? new value.constructor() : isArray(value) ? [] : {};
  seen.set(value, empty);
  if (value instanceof OwnMap) for (const [key, item] of value) empty.set(clone(key, seen), clone(item, seen));
  else if (value instanceof OwnSet) for (const item of value) empty.add(clone(item, seen));
  else {
    if (isArray(value)) empty.length = value.length;
    fillMembers(empty, value, seen);
  }
  return empty;
}

function clone(value, seen) {
  if (typeof value === "function" || typeof value === "symbol")
    throw new OwnTypeError(`A ${typeof value} cannot be cloned`);
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  const leaf = cloneLeaf(value, seen);
  if (leaf === undefined) return cloneContainer(value, seen);
  seen.set(value, leaf);
  return leaf;
}

/** A deep copy that keeps cycles; functions and symbols are refused. */
export function structuredClone(value) {
  return clone(value, new OwnMap());
}
