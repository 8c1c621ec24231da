// `util.types`: what kind of thing a value is.
const tagOf = (value) => Object.prototype.toString.call(value);
const tagged = (tag) => (value) => tagOf(value) === `[object ${tag}]`;
const instance = (Class) => (value) => value instanceof Class;
const typed = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array];
typed.push(Float32Array, Float64Array, BigInt64Array, BigUint64Array);

/** The member `types` of the module `util`. */
export const types = {
  ...Object.fromEntries(typed.map((Class) => [`is${Class.name}`, instance(Class)])),
  isAnyArrayBuffer: (value) => value instanceof ArrayBuffer || tagOf(value) === "[object SharedArrayBuffer]",
  isArgumentsObject: tagged("Arguments"),
  isArrayBuffer: instance(ArrayBuffer),
  isArrayBufferView: ArrayBuffer.isView,
  isAsyncFunction: tagged("AsyncFunction"),
  isBoxedPrimitive: (value) => [Number, String, Boolean, Symbol, BigInt].some((Class) => value instanceof Class),
  isDataView: instance(DataView),
  isDate: instance(Date),
  isExternal: () => false,
  isGeneratorFunction: (value) => /Generator/.test(tagOf(value)) && typeof value === "function",
  isGeneratorObject: tagged("Generator"),
  isMap: instance(Map),
  isMapIterator: tagged("Map Iterator"),
  isModuleNamespaceObject: tagged("Module"),
  isNativeError: instance(Error),
  isPromise: instance(Promise),
  isProxy: () => false,
  isRegExp: instance(RegExp),
  isSet: instance(Set),
  isSetIterator: tagged("Set Iterator"),
  isSharedArrayBuffer: tagged("SharedArrayBuffer"),
  isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
  isWeakMap: instance(WeakMap),
  isWeakSet: instance(WeakSet),
};
