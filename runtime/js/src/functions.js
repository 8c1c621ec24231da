// The app's functions: defined while the image is made, run at a call.
import { importer, linksFrom, makeRequire } from "./modules.js";
import { OwnError, OwnTypeError, apply, parseJson } from "./primordials.js";

const functions = { __proto__: null };

/** Takes a function's wrapped source; `links` is JSON, from the texts it requires to the ids of modules. */
export function define(name, links, wrapper) {
  const require = makeRequire(linksFrom(parseJson(links)));
  functions[name] = { wrapper, require, load: importer(require) };
}

/** A source written as an ES module exports its function as `default`. */
function functionOf(exported) {
  return exported !== null && typeof exported === "object" && exported.__esModule ? exported.default : exported;
}

/** Runs a source afresh, whatever it exports. */
export function evaluateFunction(name) {
  const { wrapper, require, load } = functions[name];
  return wrapper({}, require, globalThis.context, load);
}

/** Runs a function's source afresh, then what it exports: no state is left from one call to the next. */
export function callFunction(name, args) {
  if (functions[name] === undefined) throw new OwnError(`function not found: '${name}'`);
  const exported = functionOf(evaluateFunction(name));
  if (typeof exported !== "function") throw new OwnTypeError(`'exports' of function '${name}' is not a function`);
  return apply(exported, undefined, args);
}
