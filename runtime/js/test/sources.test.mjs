// The form of the sources.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

test("every source file begins with one line that says its subject", async () => {
  const folder = new URL("../src/", import.meta.url);
  for (const name of (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".js"))) {
    const [first, second] = (await readFile(new URL(name, folder), "utf8")).split("\n");
    assert.match(first, /^\/\/ [A-Z`].*\.$/, name);
    assert.ok(!second.startsWith("//"), name);
  }
});
