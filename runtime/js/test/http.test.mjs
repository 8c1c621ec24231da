// The HTTP client.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run, valueOf } from "./sandbox.mjs";

const asked = async (expression) => {
  const { calls, done } = await run(`exports = () => (${expression});`);
  if (done.error) throw new Error(done.error.message);
  return calls[0].arguments;
};

test("a request travels with its headers as lists", async () => {
  const request = await asked('context.http.get({ url: "https://a.b/c", headers: { "X-A": "1", "X-B": ["2", 3] } })');
  assert.deepEqual(request, {
    method: "get",
    headers: { "X-A": ["1"], "X-B": ["2", "3"] },
    url: "https://a.b/c",
    followRedirects: false,
  });
});

test("an object body becomes Extended JSON text with its content type", async () => {
  const request = await asked(
    'context.http.post({ url: "u", body: { a: "b" }, encodeBodyAsJSON: true, followRedirects: true })',
  );
  assert.deepEqual(request, {
    method: "post",
    headers: { "Content-Type": ["application/json"] },
    url: "u",
    body: '{"a":"b"}',
    followRedirects: true,
  });
  const own = await asked(
    'context.http.post({ url: "u", headers: { "content-type": "x/y" }, body: {}, encodeBodyAsJSON: true })',
  );
  assert.deepEqual(own.headers, { "content-type": ["x/y"] });
});

test("text and bytes travel as they are", async () => {
  assert.equal((await asked('context.http.put({ url: "u", body: "t" })')).body, "t");
  const binary = { $binary: { base64: "dA==", subType: "00" } };
  assert.deepEqual((await asked('context.http.patch({ url: "u", body: BSON.Binary.fromText("t") })')).body, binary);
  assert.deepEqual((await asked('context.http.patch({ url: "u", body: Buffer.from("t") })')).body, binary);
});

test("a request that cannot be meant is refused", async () => {
  await assert.rejects(asked('context.http.post({ url: "u", body: { a: 1 } })'), /encodeBodyAsJSON/);
  await assert.rejects(asked('context.http.post({ url: "u", body: "a", form: { b: "c" } })'), /together/);
  await assert.rejects(asked("context.http.get()"), /takes an object/);
});

test("the legacy service says its name, context.http has none", async () => {
  assert.equal((await asked('context.services.get("http").delete({ url: "u" })')).service, "http");
  assert.equal((await asked('context.http.head({ url: "u" })')).service, undefined);
});

test("JSON.parse(response.body.text()) reads the answer", async () => {
  const host = () => ({
    statusCode: { $numberInt: "200" },
    body: { $binary: { base64: "eyJhIjoiw6kifQ==", subType: "00" } },
  });
  const source =
    'exports = async () => { const r = await context.http.get({ url: "u" }); return [r.statusCode, JSON.parse(r.body.text())]; }';
  assert.deepEqual(await valueOf(source, { host }), [{ $numberInt: "200" }, { a: "é" }]);
});
