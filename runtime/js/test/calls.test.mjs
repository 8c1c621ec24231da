// A call from `enter` to `collect`: how it begins, waits, goes on and ends.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sandbox, run, valueOf } from "./sandbox.mjs";

const int = (number) => ({ $numberInt: `${number}` });
const collection = 'context.services.get("mongodb-atlas").db("d").collection("c")';

test("a function gets its arguments and its promise is awaited", async () => {
  assert.deepEqual(await valueOf("exports = (a, b) => a + b", { args: [int(1), int(2)] }), int(3));
  assert.deepEqual(await valueOf("exports = async ({ n }) => n * 2", { args: [{ n: int(2) }] }), int(4));
});

test("promises and cursors anywhere inside a returned value are awaited", async () => {
  const source = `exports = () => ({ value: ${collection}.count(), list: [Promise.resolve([Promise.resolve(1)])], found: ${collection}.find() })`;
  const host = (_, { action }) => (action === "count" ? { $numberLong: "3" } : [{ a: int(1) }]);
  assert.deepEqual(await valueOf(source, { host }), { value: { $numberLong: "3" }, list: [[int(1)]], found: [{ a: int(1) }] });
});

test("a rejected promise inside a returned value fails the call", async () => {
  const { done } = await run('exports = () => ({ a: [Promise.reject(new Error("inner"))] })');
  assert.equal(done.error.message, "inner");
});

test("calls made together are asked for together, in their order", async () => {
  const { calls, done } = await run(`exports = () => Promise.all([1, 2].map((n) => ${collection}.insertOne({ n })))`, {
    host: (_, call) => call.arguments.document.n,
  });
  assert.deepEqual(
    calls.map(({ id }) => id),
    [1, 2],
  );
  assert.deepEqual(done.value, [int(1), int(2)]);
});

test("answers may come one at a time and in any order", async () => {
  const sandbox = await Sandbox.open({ main: `exports = async () => [await ${collection}.count(), 2]` });
  assert.equal(sandbox.start("main").calls.length, 1);
  assert.deepEqual(sandbox.answer({ id: 77, value: null }), { calls: [], done: null, logs: [] });
  assert.deepEqual(sandbox.answer({ id: 1, value: int(1) }).done, { value: [int(1), int(2)] });
});

test("an answer of a host that failed is an error with its name, message and code", async () => {
  const host = () => {
    throw Object.assign(new Error("Duplicate key error"), { name: "MongoError", code: 11000 });
  };
  const source = `exports = async () => { try { await ${collection}.insertOne({}) } catch (e) { return [e instanceof Error, e.name, e.message, e.code] } }`;
  assert.deepEqual(await valueOf(source, { host }), [true, "MongoError", "Duplicate key error", int(11000)]);
});

test("a call nobody awaits leaves together with the result", async () => {
  const { done, last } = await run(`exports = () => { ${collection}.insertOne({}); return 1 }`);
  assert.deepEqual(done.value, int(1));
  assert.equal(last[0].arguments.action, "insertOne");
});

test("a promise that never settles is neither done nor waiting for anything", async () => {
  const { done, last } = await run("exports = () => new Promise(() => {})");
  assert.equal(done, null);
  assert.deepEqual(last, []);
});

test("code outside the exported function runs at every call, with nothing left of the last", async () => {
  const counter = "let n = 0; exports = () => ++n;";
  const source = 'exports = () => [context.functions.execute("counter"), context.functions.execute("counter")]';
  assert.deepEqual(await valueOf(source, { others: { counter }, overrides: { functions: { counter: "local" } } }), [
    int(1),
    int(1),
  ]);
});

test("local functions share the machine, others are asked of the host", async () => {
  const overrides = { functions: { "utils/call": "local", far: "host" } };
  const others = { "utils/call": "exports = (work, n) => work(n)" };
  const source = `exports = async () => [context.functions.execute("utils/call", (n) => n + 1, 1), await context.functions.execute("far", { a: 1 })]`;
  const { done, calls } = await run(source, {
    others,
    overrides,
    host: (_, { name, arguments: args }) => [name, args],
  });
  assert.deepEqual(calls[0].operation, "functions.execute");
  assert.deepEqual(done.value, [int(2), ["far", [{ a: int(1) }]]]);
  await assert.rejects(valueOf('exports = () => context.functions.execute("none")'), /function not found: 'none'/);
});

test("a source that exports no function says so", async () => {
  await assert.rejects(valueOf("const a = 1;"), /'exports' of function 'main' is not a function/);
  await assert.rejects(valueOf("exports = 5;"), /is not a function/);
});

test("there is no module, and no trace of the door", async () => {
  const source = `exports = () => [typeof module, typeof __vestibule, typeof __host_sync, typeof exports,
    Object.getOwnPropertyNames(globalThis).filter((name) => /vestibule|host/i.test(name))]`;
  assert.deepEqual(await valueOf(source), ["undefined", "undefined", "undefined", "function", []]);
});

test("a function that replaces the language's own functions breaks only itself", async () => {
  const source = `exports = async () => {
    JSON.stringify = JSON.parse = Object.keys = Array.isArray = Object.defineProperty = () => { throw new Error("patched") };
    Promise.prototype.then = Array.prototype.push = Array.prototype.join = () => { throw new Error("patched") };
    globalThis.Promise = globalThis.Map = globalThis.Error = undefined;
    console.log({ a: [1] });
    return { a: [1, new Date(0)], b: await ${collection}.count({ n: 1 }) };
  }`;
  const { done, logs, calls } = await run(source, { host: () => int(3) });
  assert.deepEqual(calls[0].arguments.arguments, { query: { n: int(1) } });
  assert.deepEqual(logs, [["log", '{"a":[{"$numberInt":"1"}]}']]);
  assert.deepEqual(done.value, { a: [int(1), { $date: { $numberLong: "0" } }], b: int(3) });
});
