// What a thrown value becomes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Sandbox, context, run } from "./sandbox.mjs";

const errorOf = async (source) => (await run(source)).done.error;
const thrown = async (expression) => (await errorOf(`exports = () => { throw ${expression}; }`)).text;

const engineErrors = {
  unknown: "ReferenceError: 'unknown' is not defined",
  "context.nothing.post()": "TypeError: Cannot access member 'post' of undefined",
  "null.x = 1": "TypeError: Cannot access member 'x' of null",
  "(5)()": "TypeError: value is not a function",
  "[...5]": "TypeError: value is not iterable",
  "(function f() { f(); })()": "RangeError: Maximum call stack size exceeded",
};

for (const [expression, text] of Object.entries(engineErrors)) {
  test(`${expression} fails with ${text}`, async () => {
    assert.equal((await errorOf(`exports = () => ${expression}`)).text, text);
  });
}

test("an author's error is the JSON of its message and name", async () => {
  assert.equal(await thrown('new Error("msg")'), '{"message":"msg","name":"Error"}');
  assert.equal(await thrown('new TypeError("own words")'), '{"message":"own words","name":"TypeError"}');
  assert.equal(await thrown('Object.assign(new Error("m"), { code: 7 })'), '{"message":"m","name":"Error","code":7}');
});

test("other values are their text or JSON", async () => {
  assert.equal(await thrown('"plain"'), "plain");
  assert.equal(
    await thrown("{ a: 1, id: BSON.ObjectId('0123456789abcdef01234567') }"),
    '{"a":1,"id":{"$oid":"0123456789abcdef01234567"}}',
  );
  assert.equal(await thrown("undefined"), "undefined");
  assert.equal(await thrown("5"), "5");
});

test("a rejection is a throw", async () => {
  assert.equal((await errorOf('exports = () => Promise.reject("no")')).text, "no");
});

test("the stack names the author's files and lines, and nothing else", async () => {
  const { stack, name, message } = await errorOf(
    'exports = async () => {\n  await null;\n  [1].map(() => {\n    throw new Error("m");\n  });\n};',
  );
  assert.deepEqual([name, message], ["Error", "m"]);
  const [first, ...frames] = stack.split("\n");
  assert.equal(first, "Error: m");
  assert.match(frames[0], /functions\/main\.js:4:/);
  assert.ok(frames.every((frame) => frame.includes("functions/main.js")));
});

test("a value that fights back is described all the same", async () => {
  const hostile = "{ get a() { throw 1 }, toJSON() { throw 2 } }";
  assert.match(await thrown(hostile), /cannot be described/);
  const error =
    'Object.defineProperties(new Error("m"), { message: { get() { throw 1 } }, stack: { get() { throw 1 } }, name: { value: Symbol() } })';
  assert.equal(await thrown(error), '{"message":"","name":""}');
});

test("a result beyond the call's length is not written", async () => {
  const sandbox = await Sandbox.open({ main: "exports = (n) => 'x'.repeat(n)" });
  const call = { type: "call", function: "main", context, seed: "00112233445566778899aabbccddeeff" };
  const lengths = { result: 100, hostCall: 100 };
  sandbox.enter({ ...call, lengths, arguments: [{ $numberInt: "101" }] });
  assert.deepEqual(sandbox.done, { tooLong: true });
  sandbox.done = null;
  sandbox.enter({ ...call, lengths, arguments: [{ $numberInt: "98" }] });
  assert.equal(sandbox.done.value.length, 98);
});

test("an error's texts are cut", async () => {
  const error = await errorOf("exports = () => { throw Object.assign(new Error('x'.repeat(1e6)), { code: 'y'.repeat(1e6) }) }");
  assert.equal(error.message.length, 64 * 1024);
  assert.ok(error.text.length < 70_000);
});
