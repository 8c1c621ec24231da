// What the library costs every image, and that it is the same in each.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Sandbox, frozen } from "./sandbox.mjs";

const HEAP_BUDGET = 1.5 * 1024 * 1024;

test("the library stays within its share of the heap", async () => {
  const { vm } = await Sandbox.open({});
  const { mallocSize } = vm.getMemoryUsage();
  assert.ok(mallocSize < HEAP_BUDGET, `${mallocSize} bytes`);
});

test("with clock and randomness frozen, the same sources make the same image", async () => {
  const digest = async () => {
    const { vm } = await Sandbox.open({ a: "exports = () => 1" }, { wasi: frozen });
    return createHash("sha256").update(vm.snapshot().memory).digest("hex");
  };
  assert.equal(await digest(), await digest());
});
