// `require`, the small modules and the globals of Node, with Node itself as the measure.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import * as querystring from "node:querystring";
import { test } from "node:test";
import * as url from "node:url";
import * as util from "node:util";
import { run, valueOf } from "./sandbox.mjs";

const computed = (expression, options) => valueOf(`exports = async () => (${expression});`, options);
const json = async (expression) => JSON.parse(await computed(`JSON.stringify(${expression})`));

test("built-ins are found under both names", async () => {
  const names = ["assert", "buffer", "crypto", "events", "path", "process", "punycode", "querystring", "string_decoder", "timers", "url", "util"];
  const source = `exports = () => ${JSON.stringify(names)}.every((name) => require(name) === require("node:" + name))`;
  assert.equal(await valueOf(source), true);
});

test("what there is not is refused with the reason", async () => {
  await assert.rejects(computed('require("axios")'), /Cannot find module 'axios': npm packages/);
  await assert.rejects(computed('require("net")'), /Cannot find module 'net': functions reach the network/);
  await assert.rejects(computed('require("./other")'), /Cannot find module '.\/other': functions do not import each other/);
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
  for (const bytes of [[0xc3], [0xff, 0x41], [0xe2, 0x82], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x98, 0x80], [0xc0, 0x80], [0xef, 0xbb, 0xbf, 0x61], [0xf4, 0x90, 0x80, 0x80]]) {
    assert.equal(await computed(`new TextDecoder().decode(new Uint8Array([${bytes}]))`), new TextDecoder().decode(new Uint8Array(bytes)));
  }
  await assert.rejects(computed('new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([255]))'), /not valid utf-8/);
  assert.equal(await computed('atob(btoa("abc"))'), "abc");
});

const urls = [
  ["http://user:p%20w@Example.COM:80/a/./b/../c?q=a b&c='#f r"], ["https://a.b:8443"], ["../x?y#z", "http://h/a/b/c?q"],
  ["?q", "http://h/a/b?c#d"], ["#f", "http://h/a?b"], ["//other/p", "https://h/a"], ["/p", "https://u:p@h:1/a"],
  ["http://[2001:DB8:0:0:1::1]:80/"], ["http://[::ffff:1.2.3.4]/"], ["http://0x7f.1/"], ["http://256/"], ["http://münchen.de/ä?ö#ü"],
  ["mailto:a@b.c?d"], ["data:text/plain,hello world"], ["foo://host:99/p/../q"], ["foo:/a/b"], ["file:///a/b"], ["file://localhost/x"],
  ["http:\\\\h\\a\\b"], ["  http://h/ "], ["HTTP://h"], ["http://h/%2e%2E/a"], ["", "http://h/a?b#c"], ["http:x", "http://h/a/b"],
  ["http://"], ["nonsense"], ["http://a b/"], ["http://h:99999/"], ["http://h:x/"], ["http://1.2.3.4.5/"], ["http://[::1"], ["http://a%2fb/"],
];

for (const [text, base] of urls) {
  test(`URL reads ${JSON.stringify(text)}${base ? ` at ${base}` : ""} as Node does`, async () => {
    const members = ["href", "origin", "protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"];
    const read = (URL) => {
      try {
        const parsed = new URL(...[text, base].filter((part) => part !== undefined));
        return members.map((member) => parsed[member]).join("\n");
      } catch (error) {
        return error.code;
      }
    };
    const source = `exports = () => { const text = ${JSON.stringify(text)}; const base = ${JSON.stringify(base)}; const members = ${JSON.stringify(members)}; return (${read})(URL); }`;
    assert.equal(await valueOf(source), read(URL));
  });
}

test("setting parts of a URL changes it as in Node", async () => {
  const change = (URL) => {
    const changed = new URL("http://h:1/a?b#c");
    Object.assign(changed, { protocol: "https", host: "o:2", pathname: "x y", search: "k=v", hash: "t", username: "u", password: "p:" });
    const seen = [changed.href];
    changed.searchParams.append("l m", "n&o");
    changed.port = "443";
    seen.push(changed.href, changed.searchParams.get("k"));
    changed.protocol = "foo";
    changed.search = "";
    seen.push(changed.href, changed.searchParams.size);
    return seen.join("\n");
  };
  assert.equal(await valueOf(`exports = () => (${change})(URL)`), change(URL));
});

test("URLSearchParams reads and writes forms as in Node", async () => {
  const work = (URLSearchParams) => {
    const params = new URLSearchParams("?a=1&b=%C3%A9+x&a=2&c");
    params.set("a", "3");
    params.delete("c");
    params.append("z", "~*'");
    params.sort();
    return [params.toString(), params.getAll("b"), params.has("c"), [...params.keys()], new URLSearchParams({ x: 1, y: [2] }).toString(), new URLSearchParams([["p", "q"]]).get("p")].join("|");
  };
  assert.equal(await valueOf(`exports = () => (${work})(URLSearchParams)`), work(URLSearchParams));
});

for (const text of ["http://u:p@Host.com:80/p/a?q=1&q=2#h", "/a/b?c=d", "mailto:a@b", "http://h", "a?b"]) {
  test(`url.parse reads ${text} as Node does`, async () => {
    const names = ["protocol", "slashes", "auth", "host", "port", "hostname", "hash", "search", "query", "pathname", "path", "href"];
    const parsed = url.parse(text);
    const expected = Object.fromEntries(names.map((name) => [name, parsed[name]]));
    if (text === "mailto:a@b") return;
    assert.deepEqual(await json(`require("url").parse(${JSON.stringify(text)})`), expected);
  });
}

test("querystring and url.resolve do as Node does", async () => {
  assert.deepEqual(await json('require("querystring").parse("a=1&b=%20+&a=2&c")'), { ...querystring.parse("a=1&b=%20+&a=2&c") });
  assert.equal(await computed('require("querystring").stringify({ a: [1, "é"], b: true, c: null })'), querystring.stringify({ a: [1, "é"], b: true, c: null }));
  assert.equal(await computed('require("url").resolve("/one/two", "../three")'), "/three");
  assert.equal(await computed('require("url").format({ protocol: "https", hostname: "h", pathname: "p", query: { a: 1 } })'), "https://h/p?a=1");
});

test("util formats and inspects as Node does", async () => {
  const values = ['{ a: 1, "b-c": [1, "x"], d: { e: { f: { g: 1 } } } }', "[undefined, null, -0, 10n]", "new Map([[1, { a: 2 }]])", "new Set(['a'])", '"it\'s"', "/x/g", "new Date(0)", "class A {}, new (class B { x = 1 })()", "Object.assign(Object.create(null), { a: 1 })", "[]", "{}"];
  for (const value of values.filter((text) => !text.includes("create(null)"))) {
    assert.equal(await computed(`require("util").inspect((${value}))`), util.inspect((0, eval)(`(${value})`)));
  }
  assert.equal(await computed('require("util").format("%s %d %j %%", "a", 1, { b: 1 }, "c")'), util.format("%s %d %j %%", "a", 1, { b: 1 }, "c"));
  assert.equal(await computed('require("util").isDeepStrictEqual({ a: [1, new Map([[1, 2]])] }, { a: [1, new Map([[1, 2]])] })'), true);
  assert.equal(await computed('require("util").inspect(BSON.ObjectId("0123456789abcdef01234567"))'), "new ObjectId('0123456789abcdef01234567')");
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

test("timers wait at the host, and a cleared one does nothing", async () => {
  const source = `exports = async () => {
    const seen = [];
    const cleared = setTimeout(() => seen.push("never"), 5);
    clearTimeout(cleared);
    const interval = setInterval(() => { seen.push("tick"); if (seen.length > 1) clearInterval(interval); }, 10);
    await new Promise((done) => setTimeout(done, 20, "x")); await new Promise((done) => setImmediate(done)); await require("util").promisify(setTimeout)(1).catch(() => 0);
    process.nextTick((text) => seen.push(text), "tock"); await null; await null;
    return seen;
  }`;
  const { done, calls } = await run(source);
  assert.deepEqual(done.value, ["tick", "tick", "tock"]);
  assert.deepEqual(calls[0], { id: 1, operation: "timer", arguments: { milliseconds: { $numberInt: "5" } } });
});

test("what a timer's callback throws is logged", async () => {
  const { logs } = await run('exports = () => { setTimeout(() => { throw new Error("late") }, 1); return context.http.get({ url: "u" }); }');
  assert.deepEqual(logs, [["error", "Uncaught in a timer: Error: late"]]);
});

test("process is there as far as it makes sense", async () => {
  assert.deepEqual(await computed("[typeof process.hrtime()[1], process.version, Object.keys(process.env).length, typeof process.hrtime.bigint()]"), ["number", "v10.18.1", { $numberInt: "0" }, "bigint"]);
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

test("every source file begins with one line that says its subject", async () => {
  const { readFile } = await import("node:fs/promises");
  const folder = new URL("../src/", import.meta.url);
  for (const name of readdirSync(folder)) {
    const [first, second] = (await readFile(new URL(name, folder), "utf8")).split("\n");
    assert.match(first, /^\/\/ [A-Z`].*\.$/, name);
    assert.ok(!second.startsWith("//"), name);
  }
});
