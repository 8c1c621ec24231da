// The language's own functions as they were before any author's code could replace them.
export const { isArray } = Array;
export const { isInteger, isSafeInteger } = Number;
export const { parse: parseJson, stringify: stringifyJson } = JSON;
export const {
  create: createObject,
  defineProperty,
  entries: objectEntries,
  getPrototypeOf,
  hasOwn,
  is: sameValue,
  keys: objectKeys,
  prototype: objectPrototype,
  setPrototypeOf,
} = Object;
export const { apply } = Reflect;
export const OwnPromise = Promise;
export const OwnError = Error;
export const OwnTypeError = TypeError;
export const OwnRangeError = RangeError;
export const OwnDate = Date;
export const OwnMap = Map;
export const OwnSet = Set;
export const OwnWeakMap = WeakMap;
export const OwnRegExp = RegExp;
export const OwnUint8Array = Uint8Array;
export const OwnClampedArray = Uint8ClampedArray;
export const OwnArrayBuffer = ArrayBuffer;
export const OwnDataView = DataView;
export const { isView } = ArrayBuffer;

const { call } = Function.prototype;

/** Turns a method into a function that takes its receiver as first argument. */
export const uncurry = (method) => call.bind(method);

export const startsWith = uncurry(String.prototype.startsWith);
export const endsWith = uncurry(String.prototype.endsWith);
export const sliceText = uncurry(String.prototype.slice);
export const join = uncurry(Array.prototype.join);
export const timeOf = uncurry(Date.prototype.getTime);
export const isoOf = uncurry(Date.prototype.toISOString);
export const bytesToBase64 = uncurry(Uint8Array.prototype.toBase64);
export const bytesToHex = uncurry(Uint8Array.prototype.toHex);
export const base64ToBytes = Uint8Array.fromBase64.bind(Uint8Array);
export const hexToBytes = Uint8Array.fromHex.bind(Uint8Array);
export const bigintToText = uncurry(BigInt.prototype.toString);
export const mapEntries = uncurry(Map.prototype.entries);
export const mapGet = uncurry(Map.prototype.get);
export const mapSet = uncurry(Map.prototype.set);
export const weakGet = uncurry(WeakMap.prototype.get);
export const weakSet = uncurry(WeakMap.prototype.set);
export const setValues = uncurry(Set.prototype.values);

const substring = uncurry(String.prototype.substring);

/** The first characters of a text. */
export const cut = (text, length) => (text.length > length ? substring(text, 0, length) : text);

const toWellFormed = uncurry(String.prototype.toWellFormed);

/** A text as JSON; half of a surrogate pair, which has no UTF-8, becomes the replacement character. */
export const quote = (text) => stringifyJson(toWellFormed(text));

/** Sets an own data property whatever its name, `__proto__` included. */
export function setOwn(object, key, value) {
  if (key === "__proto__") {
    defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/** Defines a global the way the language defines its own: writable, configurable, not enumerable. */
export function defineGlobal(name, value) {
  defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });
}
