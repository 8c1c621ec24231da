// The module `util`.
import { deepEqual } from "./deep-equal.js";
import { TextDecoder, TextEncoder } from "./encoding.js";
import { format, inspect } from "./inspect.js";

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

const instance = (Class) => (value) => value instanceof Class;

const types = {
  isArrayBuffer: instance(ArrayBuffer),
  isArrayBufferView: ArrayBuffer.isView,
  isAsyncFunction: (value) => Object.prototype.toString.call(value) === "[object AsyncFunction]",
  isDate: instance(Date),
  isMap: instance(Map),
  isNativeError: instance(Error),
  isPromise: instance(Promise),
  isRegExp: instance(RegExp),
  isSet: instance(Set),
  isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
  isUint8Array: instance(Uint8Array),
};

/** The module `util`. */
export const nodeUtil = {
  callbackify,
  deprecate: (original) => original,
  format,
  inherits,
  inspect,
  isArray: Array.isArray,
  isDeepStrictEqual: (left, right) => deepEqual(left, right, true),
  promisify,
  TextDecoder,
  TextEncoder,
  types,
};
