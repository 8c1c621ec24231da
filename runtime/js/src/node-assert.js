// The module `assert`.
import { deepEqual } from "./deep-equal.js";
import { inspect } from "./inspect.js";

class AssertionError extends Error {
  constructor({ message, actual, expected, operator }) {
    super(message ?? `${inspect(actual)} ${operator} ${inspect(expected)}`);
    this.name = "AssertionError";
    this.code = "ERR_ASSERTION";
    Object.assign(this, { actual, expected, operator });
  }
}

function check(passed, actual, expected, message, operator) {
  if (passed) return;
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, actual, expected, operator });
}

/** A comparison of two values as an assertion. */
const comparison = (operator, compare) => (actual, expected, message) =>
  check(compare(actual, expected), actual, expected, message, operator);

/** Whether a thrown error is the one that was expected: by class, pattern, members or the caller's own judgement. */
function isExpected(error, expected) {
  if (expected === undefined || typeof expected === "string") return true;
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected !== "function") {
    return Object.keys(expected).every((key) => deepEqual(error[key], expected[key], true));
  }
  const isClass = expected.prototype !== undefined && error instanceof expected;
  return isClass || (!Error.isPrototypeOf(expected) && expected !== Error && expected(error) === true);
}

function checkThrown(thrown, expected, message) {
  check(thrown !== undefined, undefined, expected, message ?? "Missing expected exception.", "throws");
  if (!isExpected(thrown.error, expected)) throw thrown.error;
}

function thrownBy(work) {
  try {
    work();
    return undefined;
  } catch (error) {
    return { error };
  }
}

async function rejectionOf(work) {
  try {
    await (typeof work === "function" ? work() : work);
    return undefined;
  } catch (error) {
    return { error };
  }
}

/** The legacy functions compare as `==` does, but a NaN equals itself. */
const looselyEqual = (actual, expected) => actual == expected || Object.is(actual, expected);

const ok = (value, message) => check(Boolean(value), value, true, message, "==");
const assert = (value, message) => ok(value, message);

/** The module `assert`. */
export const nodeAssert = Object.assign(assert, {
  AssertionError,
  ok,
  fail: (message = "Failed") => check(false, undefined, undefined, message, "fail"),
  equal: comparison("==", (actual, expected) => looselyEqual(actual, expected)),
  notEqual: comparison("!=", (actual, expected) => !looselyEqual(actual, expected)),
  strictEqual: comparison("strictEqual", Object.is),
  notStrictEqual: comparison("notStrictEqual", (actual, expected) => !Object.is(actual, expected)),
  deepEqual: comparison("deepEqual", (actual, expected) => deepEqual(actual, expected, false)),
  deepStrictEqual: comparison("deepStrictEqual", (actual, expected) => deepEqual(actual, expected, true)),
  notDeepStrictEqual: comparison("notDeepStrictEqual", (actual, expected) => !deepEqual(actual, expected, true)),
  throws: (work, expected, message) => checkThrown(thrownBy(work), expected, message),
  rejects: async (work, expected, message) => checkThrown(await rejectionOf(work), expected, message),
});

nodeAssert.strict = nodeAssert;
