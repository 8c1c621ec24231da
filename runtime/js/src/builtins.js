// The Node built-ins that are in every image, and the refusal of what cannot be there.
import events from "events";
import path from "path-browserify";
import punycode from "punycode";
import string_decoder from "string_decoder/";
import { nodeBuffer } from "./node-buffer.js";
import { nodeAssert } from "./node-assert.js";
import { nodeCrypto } from "./node-crypto.js";
import { nodeQuerystring } from "./node-querystring.js";
import { nodeUrl } from "./node-url.js";
import { nodeUtil } from "./node-util.js";
import { refusing } from "./refusing.js";
import { OwnError } from "./primordials.js";
import { process } from "./process.js";
import { timers } from "./timers.js";

/** By name, without `node:`. */
export const builtins = {
  __proto__: null,
  assert: nodeAssert,
  buffer: nodeBuffer,
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
  ...refusing,
};

/** Node's answer to the name of a module that there is not. */
export function refuseModule(name) {
  const relative = name.startsWith(".") || name.startsWith("/");
  const reason = relative ? "there is no such file" : "it is neither built in nor installed in functions/node_modules";
  const error = new OwnError(`Cannot find module '${name}': ${reason}`);
  error.code = "MODULE_NOT_FOUND";
  throw error;
}
