// `require`: the Node built-ins there are, and a clear refusal of everything else.
import { Buffer, INSPECT_MAX_BYTES, SlowBuffer, kMaxLength } from "buffer";
import events from "events";
import path from "path-browserify";
import punycode from "punycode";
import string_decoder from "string_decoder/";
import { nodeAssert } from "./node-assert.js";
import { nodeCrypto } from "./node-crypto.js";
import { nodeQuerystring } from "./node-querystring.js";
import { nodeUrl } from "./node-url.js";
import { nodeUtil } from "./node-util.js";
import { OwnError } from "./primordials.js";
import { process } from "./process.js";
import { timers } from "./timers.js";

const modules = {
  __proto__: null,
  assert: nodeAssert,
  buffer: { Buffer, INSPECT_MAX_BYTES, SlowBuffer, kMaxLength },
  crypto: nodeCrypto,
  events,
  path,
  process,
  punycode,
  querystring: nodeQuerystring,
  string_decoder,
  timers,
  url: nodeUrl,
  util: nodeUtil,
};

const NO_SOCKETS = "functions reach the network through context.http only";
const NO_PROCESS = "a function has no operating system around it";
const NO_STREAMS = "functions work on whole values, there are no streams";

const reasons = {
  __proto__: null,
  dgram: NO_SOCKETS,
  dns: NO_SOCKETS,
  http: NO_SOCKETS,
  http2: NO_SOCKETS,
  https: NO_SOCKETS,
  net: NO_SOCKETS,
  tls: NO_SOCKETS,
  child_process: NO_PROCESS,
  cluster: NO_PROCESS,
  fs: NO_PROCESS,
  os: NO_PROCESS,
  readline: NO_PROCESS,
  tty: NO_PROCESS,
  v8: NO_PROCESS,
  vm: NO_PROCESS,
  worker_threads: NO_PROCESS,
  stream: NO_STREAMS,
  zlib: NO_STREAMS,
};

function reasonFor(name) {
  if (name.startsWith(".") || name.startsWith("/"))
    return "functions do not import each other: use context.functions.execute";
  return reasons[name] ?? "npm packages are not supported";
}

/** Node's name for a built-in may carry a scheme: `node:crypto`. */
const bareName = (name) => (name.startsWith("node:") ? name.slice(5) : name);

/** The `require` of every function. */
export function require(name) {
  const bare = bareName(`${name}`);
  const found = modules[bare];
  if (found !== undefined) return found;
  const error = new OwnError(`Cannot find module '${name}': ${reasonFor(bare)}`);
  error.code = "MODULE_NOT_FOUND";
  throw error;
}
