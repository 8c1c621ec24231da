// The module `util`.
import { Buffer } from "buffer";
import { deepEqual } from "./deep-equal.js";
import { TextDecoder, TextEncoder } from "./encoding.js";
import { format, inspect } from "./inspect.js";
import { types } from "./util-types.js";

const customPromisify = Symbol.for("nodejs.util.promisify.custom");

/** A function that takes Node's callback last, as one that returns a promise. */
function promisify(original) {
  if (typeof original !== "function") throw new TypeError("promisify takes a function");
  if (typeof original[customPromisify] === "function") return original[customPromisify];
  return function promisified(...args) {
    return new Promise((resolve, reject) => {
      original.call(this, ...args, (error, value) => (error ? reject(error) : resolve(value)));
    });
  };
}

promisify.custom = customPromisify;

/** The other way round; the callback is called outside of the promise, so that what it throws is not swallowed. */
function callbackify(original) {
  return function callbackified(...args) {
    const callback = args.pop();
    original.apply(this, args).then(
      (value) => queueMicrotask(() => callback(null, value)),
      (error) => queueMicrotask(() => callback(error)),
    );
  };
}

function inherits(constructor, parent) {
  constructor.super_ = parent;
  Object.setPrototypeOf(constructor.prototype, parent.prototype);
}

/** Nobody sets NODE_DEBUG here: what would be logged for it is not. */
const debuglog = () => Object.assign(() => {}, { enabled: false });

const TERMINAL = /\u001b\[[\d;]*[A-Za-z]/g;

/** The tests of Node 0.x, which packages still bring along. */
const former = {
  isBoolean: (value) => typeof value === "boolean",
  isBuffer: (value) => Buffer.isBuffer(value),
  isDate: types.isDate,
  isError: types.isNativeError,
  isFunction: (value) => typeof value === "function",
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === "number",
  isObject: (value) => typeof value === "object" && value !== null,
  isPrimitive: (value) => value === null || (typeof value !== "object" && typeof value !== "function"),
  isRegExp: types.isRegExp,
  isString: (value) => typeof value === "string",
  isSymbol: (value) => typeof value === "symbol",
  isUndefined: (value) => value === undefined,
};

/** The module `util`. */
export const nodeUtil = {
  ...former,
  callbackify,
  debug: debuglog,
  debuglog,
  deprecate: (original) => original,
  format,
  inherits,
  inspect,
  isArray: Array.isArray,
  isDeepStrictEqual: (left, right) => deepEqual(left, right, true),
  promisify,
  stripVTControlCharacters: (text) => text.replace(TERMINAL, ""),
  TextDecoder,
  TextEncoder,
  toUSVString: (text) => `${text}`.toWellFormed(),
  types,
};
