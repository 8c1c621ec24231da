// The global `process`, as far as it makes sense without a process.
import { OwnError } from "./primordials.js";

const NANOSECONDS = 1e9;
const NODE_VERSION = "10.18.1";

/** Nanoseconds of the clock the host lets the call see. */
const clock = () => BigInt(Date.now()) * 1000000n;

function hrtime(since) {
  const total = clock() - (since ? BigInt(since[0]) * BigInt(NANOSECONDS) + BigInt(since[1]) : 0n);
  return [Number(total / BigInt(NANOSECONDS)), Number(total % BigInt(NANOSECONDS))];
}

hrtime.bigint = clock;

function nextTick(callback, ...args) {
  if (typeof callback !== "function") throw new TypeError("process.nextTick takes a function");
  queueMicrotask(() => callback(...args));
}

/** The global `process`. */
export const process = {
  nextTick,
  hrtime,
  version: `v${NODE_VERSION}`,
  versions: { node: NODE_VERSION },
  platform: "linux",
  argv: [],
  env: {},
  cwd: () => "/",
  exit: () => {
    throw new OwnError("process.exit is not available: return from the function instead");
  },
};
