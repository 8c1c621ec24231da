// What the library costs every image, and that it is the same in each.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { Sandbox } from "./sandbox.mjs";

const HEAP_BUDGET = 1.5 * 1024 * 1024;

test("the library stays within its share of the heap", async () => {
  const { vm } = await Sandbox.open({});
  const { mallocSize } = vm.getMemoryUsage();
  assert.ok(mallocSize < HEAP_BUDGET, `${mallocSize} bytes`);
});

test("loading asks the host for nothing, so that an image depends on its sources only", async () => {
  const { vm } = await Sandbox.open({});
  const digest = ({ memory }) => createHash("sha256").update(memory).digest("hex");
  const other = await Sandbox.open({});
  assert.equal(digest(vm.snapshot()), digest(other.vm.snapshot()));
});
