// Runs the tests of an author's functions: lists a file's tests, or runs one of them, each time in a fresh guest.
import { defineGlobal, describeThrown, evaluateFunction } from "vestibule:tests";
import { differenceOf, makeExpecting } from "../../testing/expecting.js";
import { Fixtures } from "../../testing/fixtures.js";
import { makeRequests } from "../../testing/requests.js";
import { Declarations, runTest } from "../../testing/suites.js";

function describeFailure(error) {
  const { name, message, stack } = describeThrown(error);
  return { name, message, stack, difference: differenceOf(error) ?? "" };
}

/** Evaluates a file with all that it finds around it. */
function load(file, description) {
  const app = JSON.parse(description);
  const declarations = new Declarations();
  const expecting = makeExpecting();
  const requests = makeRequests(app);
  const globals = { ...declarations.globals(), ...expecting.globals, http: requests.http };
  for (const [name, value] of Object.entries(globals)) defineGlobal(name, value);
  defineGlobal("context", new Fixtures(app).testContext());
  evaluateFunction(file);
  return { declarations, expecting, requests };
}

/** What was thrown, and what went wrong without being thrown as far as the test. */
function failuresOf(thrown, { expecting, requests }) {
  const failures = thrown.map(({ error }) => error);
  if (failures.length === 0) {
    try {
      expecting.check();
    } catch (error) {
      failures.push(error);
    }
  }
  return [...failures, ...requests.unforeseen.filter((error) => !failures.includes(error))];
}

/** With `index`, runs that test and gives `{failures}`; without, gives `{tests}`. */
export default async function work({ file, index, app }) {
  const loaded = load(file, app);
  if (index === undefined || index === null) return { tests: loaded.declarations.list() };
  const thrown = await runTest(loaded.declarations.tests[index]);
  const failures = failuresOf(thrown, loaded).map(describeFailure);
  return { failures, requests: loaded.requests.http.requests.length };
}
