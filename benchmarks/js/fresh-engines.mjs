// Runs one script many times in fresh V8 isolates or contexts; JSON in on standard input, nanoseconds out as JSON.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import vm from "node:vm";

const RESULT = "globalThis.result";

async function isolates() {
  const { default: ivm } = await import("isolated-vm");
  return (script) => {
    const isolate = new ivm.Isolate({ memoryLimit: 128 });
    const context = isolate.createContextSync();
    context.evalSync(script);
    const result = context.evalSync(RESULT);
    isolate.dispose();
    return result;
  };
}

async function contexts() {
  return (script) => {
    const context = vm.createContext({}, { microtaskMode: "afterEvaluate" });
    vm.runInContext(script, context);
    return vm.runInContext(RESULT, context);
  };
}

const { engine, script, expected, count, warmUp } = JSON.parse(readFileSync(0, "utf8"));
const run = await { isolates, contexts }[engine]();
const durations = [];
for (let number = 0; number < count + warmUp; number += 1) {
  const started = process.hrtime.bigint();
  const result = run(script);
  durations.push(Number(process.hrtime.bigint() - started));
  assert.equal(result, expected);
}
process.stdout.write(JSON.stringify(durations.slice(warmUp)));
