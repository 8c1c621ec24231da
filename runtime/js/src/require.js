// `require`: the Node built-ins there are, and a clear refusal of everything else.
import { OwnError } from "./primordials.js";

const modules = { __proto__: null };

/** Node's name for a built-in may carry a scheme: `node:crypto`. */
const bareName = (name) => (name.startsWith("node:") ? name.slice(5) : name);

/** The `require` of every function. */
export function require(name) {
  const found = modules[bareName(`${name}`)];
  if (found !== undefined) return found;
  const error = new OwnError(`Cannot find module '${name}'`);
  error.code = "MODULE_NOT_FOUND";
  throw error;
}
