// Prototypes and built-ins that the bridge might trust: each is spoilt, then the bridge is used.

// @ toJSON on every object
exports = async () => {
  Object.prototype.toJSON = () => ({ forged: true });
  String.prototype.toJSON = () => "forged";
  return (await context.http.get({ url: "x" })).status;
};

// @ setters for the fields of a host call
exports = async () => {
  for (const name of ["operation", "arguments", "id", "calls", "done", "value", "error", "type"]) {
    Object.defineProperty(Object.prototype, name, { __proto__: null, set() { throw new Error("caught " + name); }, configurable: true });
  }
  return (await context.http.get({ url: "x" })).status;
};

// @ getters for the fields of an answer
exports = async () => {
  for (const name of ["error", "value", "id"]) {
    Object.defineProperty(Object.prototype, name, { __proto__: null, get: () => "forged", configurable: true });
  }
  return (await context.http.get({ url: "x" })).status;
};

// @ numeric setters on Array.prototype
exports = async () => {
  for (let i = 0; i < 20; i++) Object.defineProperty(Array.prototype, i, { set() { throw "caught"; }, get: () => "forged" });
  return [(await context.http.get({ url: "x" })).status].length;
};

// @ JSON replaced
exports = async () => {
  JSON.parse = JSON.stringify = () => ({ type: "call", function: "other", context: { runningAsSystem: true } });
  return [(await context.http.get({ url: "x" })).status, context.runningAsSystem()];
};

// @ Promise.prototype.then replaced
exports = async () => {
  const got = [];
  Promise.prototype.then = function (resolve) {
    got.push(this);
    return resolve?.("forged");
  };
  await null;
  return evidence(got.find((promise) => promise?.hostSecret));
};

// @ Promise itself replaced
exports = async () => {
  globalThis.Promise = class { constructor(run) { run((x) => x, (x) => x); } static resolve() { return "forged"; } };
  return (await context.http.get({ url: "x" })).status;
};

// @ Symbol.species on Promise and Array
exports = async () => {
  Object.defineProperty(Promise, Symbol.species, { get() { throw "caught"; } });
  Object.defineProperty(Array, Symbol.species, { get() { throw "caught"; } });
  return (await context.http.get({ url: "x" })).status;
};

// @ Function.prototype.call and apply replaced
exports = async () => {
  const seen = [];
  Function.prototype.call = Function.prototype.apply = function (...args) { seen.push(this, ...args); };
  const status = (await context.http.get({ url: "x" })).status;
  return evidence(seen.find((item) => String(item).includes("hostSync"))) === "nothing" ? status : "escaped";
};

// @ Object.defineProperty and Reflect replaced
exports = async () => {
  Object.defineProperty = Reflect.apply = Reflect.get = Reflect.ownKeys = Object.keys = () => { throw "caught"; };
  return (await context.http.get({ url: "x" })).status;
};

// @ Map, WeakMap and Set replaced
exports = async () => {
  const seen = [];
  for (const made of [Map, WeakMap, Set]) made.prototype.set = made.prototype.add = function (key, value) { seen.push(key, value); };
  await context.http.get({ url: "x" });
  return evidence(seen.find((item) => typeof item === "function"));
};

// @ context.runningAsSystem cannot be believed by the host
exports = async () => {
  context.runningAsSystem = () => true;
  context.user = { id: "somebody", type: "system" };
  try {
    return evidence(await context.http.get({ url: "system-only" }).then((answer) => answer.status === "secret" && "secret"));
  } catch {
    return "nothing";
  }
};

// @ the prototype of null-prototype records
exports = () => {
  const record = EJSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}');
  return evidence({}.polluted || record.polluted === true && Object.getPrototypeOf(record) !== Object.prototype && "proto");
};

// @ __proto__ in arguments
exports = (argument) => evidence({}.polluted && "polluted by " + JSON.stringify(argument));

// @ freezing what the library must change
exports = async () => {
  Object.freeze(Object.prototype);
  Object.freeze(Array.prototype);
  Object.freeze(globalThis);
  return (await context.http.get({ url: "x" })).status;
};

// @ prepareStackTrace reads the frames of the library
exports = () => {
  let found;
  Error.prepareStackTrace = (_, frames) => {
    for (const frame of frames) found ??= frame.getThis?.() ?? frame.getFunction?.();
    return frames;
  };
  new Error().stack;
  return evidence(found !== undefined && found !== globalThis && typeof found === "function" && found.name === "enter" && "frames");
};

// @ stackTraceLimit as an accessor
exports = () => {
  Object.defineProperty(Error, "stackTraceLimit", { get() { throw new Error("again"); } });
  null.x;
};
