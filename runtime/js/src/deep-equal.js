// Deep equality, for `assert` and `util`.
import { isView } from "./primordials.js";

function sameMembers(left, right, equal) {
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every((key) => Object.hasOwn(right, key) && equal(left[key], right[key]));
}

function sameSet(left, right) {
  const holds = (item) => right.has(item) || [...right].some((other) => walk(item, other, true, []));
  return left.size === right.size && [...left].every(holds);
}

function sameMap(left, right, equal) {
  const holds = ([key, item]) => right.has(key) && equal(item, right.get(key));
  return left.size === right.size && [...left].every(holds);
}

function sameKind(left, right, equal) {
  if (left instanceof Date) return right instanceof Date && left.getTime() === right.getTime();
  if (left instanceof RegExp) return right instanceof RegExp && String(left) === String(right);
  if (left instanceof Error)
    return right instanceof Error && left.name === right.name && left.message === right.message;
  if (left instanceof Map) return right instanceof Map && sameMap(left, right, equal);
  if (left instanceof Set) return right instanceof Set && sameSet(left, right);
  if (isView(left) !== isView(right) || Array.isArray(left) !== Array.isArray(right)) return false;
  return sameMembers(left, right, equal);
}

/** A pair met again on the way down is taken for equal: that is where a cycle closes. */
function walk(left, right, strict, path) {
  if (Object.is(left, right)) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) {
    // The legacy comparison is a loose one.
    return !strict && left == right;
  }
  if (strict && Object.getPrototypeOf(left) !== Object.getPrototypeOf(right)) return false;
  if (path.some(([a, b]) => a === left && b === right)) return true;
  const deeper = [...path, [left, right]];
  return sameKind(left, right, (a, b) => walk(a, b, strict, deeper));
}

/** Whether two values are equal member by member, by identity of primitives or, not `strict`, by `==`. */
export function deepEqual(left, right, strict) {
  return walk(left, right, strict, []);
}
