// The global `context`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { context, valueOf } from "./sandbox.mjs";

test("values are found by name and unknown ones are undefined", async () => {
  const overrides = { values: { list: [1, { a: "b" }], __proto__: null } };
  const source =
    'exports = () => [context.values.get("list"), context.values.get("none"), context.values.get("constructor")]';
  assert.deepEqual(await valueOf(source, { overrides }), [[{ $numberInt: "1" }, { a: "b" }], null, null]);
});

test("services are found by name and unknown ones are undefined", async () => {
  const source = `exports = () => ["mongodb-atlas", "http", "twilio", "toString"].map((name) => typeof context.services.get(name))`;
  assert.deepEqual(await valueOf(source), ["object", "object", "undefined", "undefined"]);
});

test("the user's data are values, not Extended JSON", async () => {
  const user = { ...context.user, custom_data: { since: { $date: { $numberLong: "0" } }, n: { $numberInt: "3" } } };
  const source =
    "exports = () => [context.user.custom_data.since instanceof Date, context.user.custom_data.n + 1, context.user.id]";
  assert.deepEqual(await valueOf(source, { overrides: { user } }), [true, { $numberInt: "4" }, "u1"]);
});

test("runningAsSystem tells what the host said", async () => {
  assert.equal(await valueOf("exports = () => context.runningAsSystem()"), false);
  assert.equal(
    await valueOf("exports = () => context.runningAsSystem()", { overrides: { runningAsSystem: true } }),
    true,
  );
});

test("context can be made JSON, and values stay out of it", async () => {
  const environment = { tag: "qa", values: { url: "u" } };
  const text = await valueOf("exports = () => JSON.stringify(context)", {
    overrides: { environment, values: { secret: "s" } },
  });
  const { app, environment: shown, user } = JSON.parse(text);
  assert.deepEqual([app, shown, user], [context.app, environment, context.user]);
  assert.ok(!text.includes("secret"));
});
