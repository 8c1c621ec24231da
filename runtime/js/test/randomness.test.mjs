// Randomness: none of it comes from the image.
import assert from "node:assert/strict";
import { test } from "node:test";
import { valueOf } from "./sandbox.mjs";

const draw = (seed) => valueOf("exports = () => [Math.random(), Math.random(), Math.random()].join()", { seed });

test("the seed of a call decides its numbers", async () => {
  const first = await draw("00000000000000000000000000000001");
  assert.equal(await draw("00000000000000000000000000000001"), first);
  assert.notEqual(await draw("00000000000000000000000000000002"), first);
  assert.ok(first.split(",").every((text) => +text >= 0 && +text < 1));
});

test("the numbers are spread evenly", async () => {
  const source =
    "exports = () => { const counts = new Array(10).fill(0); for (let i = 0; i < 10000; i++) counts[Math.floor(Math.random() * 10)]++; return counts.join(); }";
  const counts = (await valueOf(source)).split(",").map(Number);
  assert.ok(
    counts.every((count) => count > 850 && count < 1150),
    counts.join(),
  );
});

test("ids and UUIDs are the host's, even where the seed is the same", async () => {
  const source =
    'exports = () => [String(BSON.ObjectId()), crypto.randomUUID(), String(new BSON.UUID()), require("crypto").randomBytes(8).toString("hex")]';
  const [first, second] = [await valueOf(source), await valueOf(source)];
  first.forEach((text, index) => assert.notEqual(text, second[index]));
  assert.match(first[1], /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("ids made by one call differ and count up", async () => {
  const ids = (
    await valueOf("exports = () => Array.from({ length: 100 }, () => String(BSON.ObjectId())).join()")
  ).split(",");
  assert.equal(new Set(ids).size, 100);
  assert.equal(new Set(ids.map((id) => id.slice(8, 18))).size, 1);
});

test("getRandomValues fills integer arrays within its bound", async () => {
  assert.equal(
    await valueOf("exports = () => crypto.getRandomValues(new Uint32Array(4)).some((word) => word > 0)"),
    true,
  );
  await assert.rejects(valueOf("exports = () => crypto.getRandomValues(new Uint8Array(65537))"), /at most 65536/);
});

test("randomInt stays within its bounds", async () => {
  const source =
    'exports = () => { const { randomInt } = require("crypto"); return Array.from({ length: 50 }, () => randomInt(5, 8)).every((n) => n >= 5 && n < 8); }';
  assert.equal(await valueOf(source), true);
});
