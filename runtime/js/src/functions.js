// The app's functions: defined while the image is made, run at a call.
import { OwnError, OwnTypeError } from "./primordials.js";
import { require } from "./require.js";

const wrappers = { __proto__: null };

/** Takes a function's wrapped source, `(function (exports, require, context) { SOURCE; return exports; })`. */
export function define(name, wrapper) {
  wrappers[name] = wrapper;
}

/** Runs a function's source afresh, then what it exports: no state is left from one call to the next. */
export function callFunction(name, args) {
  const wrapper = wrappers[name];
  if (wrapper === undefined) throw new OwnError(`function not found: '${name}'`);
  const exported = wrapper({}, require, globalThis.context);
  if (typeof exported !== "function") throw new OwnTypeError(`'exports' of function '${name}' is not a function`);
  return exported(...args);
}
