// The global `console`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "./sandbox.mjs";

const logged = async (body) => (await run(`exports = () => { ${body} };`)).logs;

test("lines keep their level and order", async () => {
  const body = 'console.log("a"); console.info("b"); console.debug("c"); console.warn("d"); console.error("e");';
  assert.deepEqual(await logged(body), [
    ["log", "a"],
    ["info", "b"],
    ["debug", "c"],
    ["warn", "d"],
    ["error", "e"],
  ]);
});

test("strings are printed as they are, objects as Extended JSON, joined by a space", async () => {
  const body = 'console.log("x:", 1, { a: 1.5 }, null, undefined, [true], new Error("m"))';
  assert.deepEqual(await logged(body), [["log", 'x: 1 {"a":{"$numberDouble":"1.5"}} null undefined [true] Error: m']]);
});

test("what cannot be printed does not fail the call", async () => {
  assert.deepEqual(await logged("const a = {}; a.a = a; console.log(a)"), [
    ["log", "[A cyclic structure cannot become Extended JSON]"],
  ]);
});

test("lines and characters have a bound", async () => {
  assert.equal((await logged('for (let i = 0; i < 1001; i++) console.log("a")')).length, 1000);
  const lines = await logged('for (let i = 0; i < 10; i++) console.log("a".repeat(10000))');
  assert.equal(
    lines.reduce((sum, [, text]) => sum + text.length, 0),
    65536,
  );
});

test("lines written before and after a wait all arrive", async () => {
  const { logs } = await run(
    'exports = async () => { console.log("a"); await context.http.get({ url: "u" }); console.log("b"); }',
  );
  assert.deepEqual(logs, [
    ["log", "a"],
    ["log", "b"],
  ]);
});
