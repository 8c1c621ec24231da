// `expect` and mock functions, as Jest and Vitest have them, by Vitest's own packages.
import * as chai from "chai";
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  customMatchers,
  getState,
  setState,
} from "@vitest/expect";
import { clearAllMocks, fn, resetAllMocks, restoreAllMocks, spyOn } from "@vitest/spy";
import { printDiffOrStringify } from "@vitest/utils/diff";

/** Two short texts are painted whatever the options say. */
const PAINT = /\x1b\[\d+m/g;
const plain = (text) => text;
const COLOURS = ["aColor", "bColor", "changeColor", "changeLineTrailingSpaceColor", "commonColor", "patchColor"];
const DIFF_OPTIONS = Object.fromEntries([...COLOURS, "omitAnnotationLinesColor"].map((name) => [name, plain]));

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);

function assertionsOf(expect, expected) {
  const { assertionCalls } = expect.getState();
  if (expected === undefined ? assertionCalls > 0 : assertionCalls === expected) return;
  const wanted = expected === undefined ? "at least one assertion" : `${expected} assertions`;
  throw new chai.AssertionError(`expected ${wanted}, and there were ${assertionCalls}`);
}

/** An `expect` that counts what it is asked. */
function makeExpect() {
  const expect = (value, message) => {
    setState({ assertionCalls: getState(expect).assertionCalls + 1 }, expect);
    return chai.expect(value, message);
  };
  Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
  expect.getState = () => getState(expect);
  expect.setState = (state) => setState(state, expect);
  expect.extend = (matchers) => chai.expect.extend(expect, matchers);
  globalThis[GLOBAL_EXPECT] = expect;
  setState({ assertionCalls: 0 }, expect);
  expect.extend(customMatchers);
  const wanted = [];
  expect.assertions = (count) => wanted.push(count);
  expect.hasAssertions = () => wanted.push(undefined);
  return { expect, check: () => wanted.forEach((count) => assertionsOf(expect, count)) };
}

/** The globals of a test file, and a check of the counts that the test announced. */
export function makeExpecting() {
  const { expect, check } = makeExpect();
  const jest = { fn: mock, spyOn, clearAllMocks, resetAllMocks, restoreAllMocks };
  return { globals: { expect, fn: mock, jest }, check };
}

/** Where what was expected and what was there differ, line by line; undefined where an error has neither. */
export function differenceOf(error) {
  if (!(error instanceof chai.AssertionError) || !("actual" in error && "expected" in error)) return undefined;
  if (error.showDiff === false) return undefined;
  return printDiffOrStringify(error.actual, error.expected, DIFF_OPTIONS)?.replace(PAINT, "");
}

/** A mock function that messages call as the author does. */
export const mock = (work) => fn(work).mockName("fn()");
