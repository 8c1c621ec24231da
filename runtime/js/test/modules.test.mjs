// `require`, the small modules and the globals of Node, with Node itself as the measure.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as util from "node:util";
import { valueOf } from "./sandbox.mjs";

const computed = (expression, options) => valueOf(`exports = async () => (${expression});`, options);

test("built-ins are found under both names", async () => {
  const names = [
    "assert",
    "buffer",
    "crypto",
    "events",
    "path",
    "process",
    "punycode",
    "querystring",
    "string_decoder",
    "timers",
    "url",
    "util",
  ];
  const source = `exports = () => ${JSON.stringify(names)}.every((name) => require(name) === require("node:" + name))`;
  assert.equal(await valueOf(source), true);
});

test("what there is not is refused with the reason", async () => {
  await assert.rejects(computed('require("axios")'), /Cannot find module 'axios': it is neither built in nor installed/);
  await assert.rejects(computed('require("vm").runInNewContext("1")'), /vm.runInNewContext is not available/);
  await assert.rejects(
    computed('require("./other")'),
    /Cannot find module '.\/other': there is no such file/,
  );
  await assert.rejects(computed('require("constructor")'), /Cannot find module/);
});

test("require works at the top level of a source too", async () => {
  assert.equal(await valueOf('const path = require("path"); exports = () => path.join("a", "..", "b");'), "b");
});

test("text encoding is UTF-8, malformed bytes and lone surrogates included", async () => {
  const texts = ["", "a", "é", "€", "😀", "a\ud800b", "\udc00"];
  for (const text of texts) {
    const expected = [...new TextEncoder().encode(text)].join();
    assert.equal(await computed(`[...new TextEncoder().encode(${JSON.stringify(text)})].join()`), expected);
  }
  for (const bytes of [
    [0xc3],
    [0xff, 0x41],
    [0xe2, 0x82],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x9f, 0x98, 0x80],
    [0xc0, 0x80],
    [0xef, 0xbb, 0xbf, 0x61],
    [0xf4, 0x90, 0x80, 0x80],
  ]) {
    assert.equal(
      await computed(`new TextDecoder().decode(new Uint8Array([${bytes}]))`),
      new TextDecoder().decode(new Uint8Array(bytes)),
    );
  }
  await assert.rejects(
    computed('new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([255]))'),
    /not valid utf-8/,
  );
  assert.equal(await computed('atob(btoa("abc"))'), "abc");
});

test("util formats and inspects as Node does", async () => {
  const values = [
    '{ a: 1, "b-c": [1, "x"], d: { e: { f: { g: 1 } } } }',
    "[undefined, null, -0, 10n]",
    "new Map([[1, { a: 2 }]])",
    "new Set(['a'])",
    '"it\'s"',
    "/x/g",
    "new Date(0)",
    "class A {}, new (class B { x = 1 })()",
    "[]",
    "{}",
  ];
  for (const value of values) {
    assert.equal(await computed(`require("util").inspect((${value}))`), util.inspect((0, eval)(`(${value})`)));
  }
  assert.equal(
    await computed('require("util").format("%s %d %j %%", "a", 1, { b: 1 }, "c")'),
    util.format("%s %d %j %%", "a", 1, { b: 1 }, "c"),
  );
  assert.equal(
    await computed('require("util").isDeepStrictEqual({ a: [1, new Map([[1, 2]])] }, { a: [1, new Map([[1, 2]])] })'),
    true,
  );
  assert.equal(
    await computed('require("util").inspect(BSON.ObjectId("0123456789abcdef01234567"))'),
    "new ObjectId('0123456789abcdef01234567')",
  );
});

test("promisify and callbackify turn into each other", async () => {
  const source = `exports = () => {
    const { promisify, callbackify } = require("util");
    return promisify(callbackify(async (a) => { if (a < 0) throw new Error("negative"); return a + 1; }))(1);
  }`;
  assert.deepEqual(await valueOf(source), { $numberInt: "2" });
});

test("assert passes what holds and throws what does not", async () => {
  const source = `exports = async () => {
    const assert = require("assert");
    assert(true); assert.equal(1, "1"); assert.deepStrictEqual({ a: [1] }, { a: [1] }); assert.throws(() => { throw new TypeError("x") }, TypeError);
    await assert.rejects(Promise.reject(new Error("y")), /y/);
    return [() => assert(0), () => assert.strictEqual(1, 2), () => assert.deepStrictEqual([1], ["1"]), () => assert.throws(() => 0), () => assert.notEqual(1, 1)]
      .map((work) => { try { work(); return "passed"; } catch (error) { return error.code; } });
  }`;
  assert.deepEqual(await valueOf(source), new Array(5).fill("ERR_ASSERTION"));
});

test("events, string_decoder and Buffer work", async () => {
  const source = `exports = () => {
    const emitter = new (require("events"))(); const seen = []; emitter.on("a", (x) => seen.push(x)); emitter.emit("a", "b");
    const decoder = new (require("string_decoder").StringDecoder)("utf8");
    return [seen, decoder.write(Buffer.from([0xe2, 0x82])) + decoder.write(Buffer.from([0xac])), Buffer.from("é").toString("base64")];
  }`;
  assert.deepEqual(await valueOf(source), [["b"], "€", "w6k="]);
});

test("process is there as far as it makes sense", async () => {
  assert.deepEqual(
    await computed(
      "[typeof process.hrtime()[1], process.version, Object.keys(process.env).length, typeof process.hrtime.bigint()]",
    ),
    ["number", "v10.18.1", { $numberInt: "0" }, "bigint"],
  );
});

test("structuredClone copies deeply and keeps cycles", async () => {
  const source = `exports = () => {
    const value = { d: new Date(5), m: new Map([["a", new Set([1])]]), b: new Uint8Array([1, 2]).subarray(1), l: [1, , 3] }; value.self = value;
    const copy = structuredClone(value);
    return [copy !== value, copy.self === copy, copy.d.getTime() === 5 && copy.d !== value.d, copy.m.get("a").has(1), copy.b[0], 1 in copy.l];
  }`;
  assert.deepEqual(await valueOf(source), [true, true, true, true, { $numberInt: "2" }, false]);
  await assert.rejects(computed("structuredClone({ f() {} })"), /cannot be cloned/);
});
