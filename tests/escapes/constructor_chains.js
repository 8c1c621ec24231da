// Constructor chains: from any object at hand to a function maker of another, more powerful realm (vm2, node:vm, n8n).

// @ this.constructor.constructor
exports = function () {
  return evidence(this.constructor.constructor("return process.mainModule")());
};

// @ the constructor of context
exports = () => evidence(context.constructor.constructor("return globalThis.process.mainModule?.require('fs')")());

// @ the constructor of a host function
exports = () => evidence(context.http.get.constructor("return this.constructor.constructor('return process')().binding")());

// @ the constructor of an asynchronous host function
exports = async () => {
  const Maker = context.functions.execute.constructor;
  return evidence(await new Maker("return process.mainModule")());
};

// @ the constructor of an async function
exports = async () => {
  const AsyncFunction = (async () => {}).constructor;
  return evidence(await AsyncFunction("return process.mainModule")());
};

// @ the constructor of a generator
exports = () => {
  const Generator = function* () {}.constructor;
  return evidence(Generator("yield process.mainModule")().next().value);
};

// @ the constructor of an async generator
exports = async () => {
  const Generator = async function* () {}.constructor;
  return evidence((await Generator("yield process.mainModule")().next()).value);
};

// @ the constructor of what a host call answers
exports = async () => {
  const answer = await context.http.get({ url: "x" });
  return evidence(answer.constructor.constructor("return process.mainModule")());
};

// @ the constructor of an error of the host
exports = async () => {
  try {
    await context.http.get({ url: "refuse" });
  } catch (error) {
    return evidence(error.constructor.constructor("return process.mainModule")());
  }
};

// @ the constructor of an error of the engine
exports = () => {
  try {
    null.x;
  } catch (error) {
    return evidence(error.constructor.constructor("return process.mainModule")());
  }
};

// @ the constructor of the arguments object
exports = function () {
  return evidence(arguments.constructor.constructor("return process.mainModule")());
};

// @ arguments.callee.caller
exports = function () {
  const outer = (function () {
    return arguments.callee.caller;
  })();
  return evidence(outer?.caller ?? outer?.arguments?.callee?.caller);
};

// @ Function.prototype.caller of a callback that the library calls
exports = () => {
  let seen;
  const spy = function () {
    seen = spy.caller;
    return 1;
  };
  [2, 1].sort(spy);
  EJSON.stringify({ toJSON: spy });
  return evidence(seen);
};

// @ indirect eval and Function see the global scope only
exports = () => evidence((0, eval)("typeof hostCall + typeof outgoing + typeof waiting") !== "undefinedundefinedundefined" && "scope");

// @ closing the wrapper's brace in a Function body
exports = () => evidence(Function("}); process.mainModule; (function(){")?.());

// @ Reflect.construct with a foreign new.target
exports = () => evidence(Reflect.construct(Function, ["return process.mainModule"], context.http.get.constructor)());

// @ the realm of a Proxy's constructor
exports = () => {
  const maker = new Proxy(Function, {}).constructor;
  return evidence(maker("return process.mainModule")());
};

// @ the module of the engine's own library
exports = async () => {
  const found = [];
  for (const name of ["std", "os", "qjs:std", "qjs:os", "bjson", "quickjs:std"]) {
    try {
      found.push(await import(name));
    } catch {}
  }
  return evidence(found[0]);
};

// @ std and os as globals
exports = () => evidence(globalThis.std ?? globalThis.os ?? globalThis.scriptArgs ?? globalThis.bjson ?? globalThis.Worker);
