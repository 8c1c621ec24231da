// The global `process`, as far as it makes sense without a process.
import EventEmitter from "events";
import { console } from "./console.js";
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

/** A stream of the process that ends in the function's log. */
function output(fd, level) {
  const write = (text, ...rest) => {
    console[level](`${text}`.replace(/\n$/, ""));
    const callback = rest.at(-1);
    if (typeof callback === "function") queueMicrotask(callback);
    return true;
  };
  return Object.assign(new EventEmitter(), { fd, isTTY: false, writable: true, write, columns: 80, end() {} });
}

const members = {
  arch: "wasm32",
  argv: [],
  argv0: "function",
  browser: false,
  config: {},
  cwd: () => "/",
  emitWarning: (warning) => console.warn(`${warning}`),
  env: {},
  execArgv: [],
  execPath: "/function",
  exit: () => {
    throw new OwnError("process.exit is not available: return from the function instead");
  },
  exitCode: undefined,
  features: {},
  getuid: () => 65534,
  hrtime,
  memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0, arrayBuffers: 0 }),
  nextTick,
  pid: 1,
  platform: "linux",
  ppid: 0,
  release: { name: "node" },
  stderr: output(2, "error"),
  stdin: { fd: 0, isTTY: false },
  stdout: output(1, "log"),
  title: "function",
  umask: () => 18,
  uptime: () => 0,
  version: `v${NODE_VERSION}`,
  versions: { node: NODE_VERSION },
  [Symbol.toStringTag]: "process",
};

/** The global `process`: an emitter, since packages listen to it, of events that never come. */
export const process = Object.assign(new EventEmitter(), members);
