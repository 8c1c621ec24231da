// Timers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "./sandbox.mjs";

const int = (number) => ({ $numberInt: `${number}` });

test("a timer is a wait at the host, and its arguments reach the callback", async () => {
  const { done, calls } = await run('exports = () => new Promise((done) => setTimeout(done, 20, "x"))');
  assert.deepEqual(calls, [{ id: 1, operation: "timer", arguments: { milliseconds: int(20) } }]);
  assert.equal(done.value, "x");
});

test("delays that are none are no wait", async () => {
  const { calls } = await run(`exports = async () => {
    for (const delay of [-1, NaN, Infinity, "7", undefined]) await new Promise((done) => setTimeout(done, delay));
  }`);
  assert.deepEqual(
    calls.map((call) => call.arguments.milliseconds),
    [0, 0, 0, 7, 0].map(int),
  );
});

test("a cleared timer does nothing", async () => {
  const { done } = await run(`exports = async () => {
    const seen = [];
    const timer = setTimeout(() => seen.push("never"), 5);
    clearTimeout(timer);
    const other = setTimeout(() => seen.push("never"), 5);
    clearTimeout(+other);
    await require("util").promisify(setTimeout)(10);
    return seen;
  }`);
  assert.deepEqual(done.value, []);
});

test("an interval goes on until it is cleared", async () => {
  const { done } = await run(`exports = () => new Promise((resolve) => {
    let ticks = 0;
    const interval = setInterval(() => { if (++ticks === 3) { clearInterval(interval); resolve(ticks); } }, 10);
  })`);
  assert.deepEqual(done.value, int(3));
});

test("nextTick, queueMicrotask and setImmediate run in this order", async () => {
  const { done } = await run(`exports = async () => {
    const seen = [];
    const last = new Promise((done) => setImmediate(() => done(seen.push("immediate"))));
    process.nextTick((text) => seen.push(text), "tick");
    queueMicrotask(() => seen.push("microtask"));
    await last;
    return seen;
  }`);
  assert.deepEqual(done.value, ["tick", "microtask", "immediate"]);
});

test("what a timer's callback throws is logged", async () => {
  const { logs } = await run(
    'exports = () => { setTimeout(() => { throw new Error("late") }, 1); return context.http.get({ url: "u" }); }',
  );
  assert.deepEqual(logs, [["error", "Uncaught in a timer: Error: late"]]);
});
