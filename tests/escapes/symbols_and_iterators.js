// Symbols and iterators overridden, on what the library walks through.

// @ Array.prototype[Symbol.iterator] replaced
exports = async () => { Array.prototype[Symbol.iterator] = function* () { yield "forged"; }; return (await context.http.get({ url: "x" })).status; };

// @ Array.prototype[Symbol.iterator] removed
exports = async () => { delete Array.prototype[Symbol.iterator]; return (await context.http.get({ url: "x" })).status; };

// @ the array iterator's next replaced
exports = async () => { const next = Object.getPrototypeOf([][Symbol.iterator]()); next.next = () => ({ done: false, value: "forged" }); return (await context.http.get({ url: "x" })).status; };

// @ String.prototype[Symbol.iterator] replaced
exports = async () => { String.prototype[Symbol.iterator] = function* () { for (;;) yield "x"; }; return (await context.http.get({ url: "x", headers: { a: "b" } })).status; };

// @ Symbol.toPrimitive on everything
exports = async () => { Object.prototype[Symbol.toPrimitive] = () => "forged"; return (await context.http.get({ url: "x" })).status; };

// @ Symbol.hasInstance on the library's classes
exports = async () => { for (const made of [Array, Uint8Array, Error, Date, Promise, BSON.ObjectId, BSON.Binary]) Object.defineProperty(made, Symbol.hasInstance, { value: () => true }); return (await context.http.get({ url: "x", body: "text" })).status; };

// @ Symbol.isConcatSpreadable and Symbol.unscopables
exports = async () => { Object.prototype[Symbol.isConcatSpreadable] = true; Array.prototype[Symbol.unscopables] = new Proxy({}, { get() { throw 1; } }); return (await context.http.get({ url: "x" })).status; };

// @ RegExp's symbols replaced
exports = async () => { RegExp.prototype[Symbol.replace] = RegExp.prototype[Symbol.match] = RegExp.prototype.exec = RegExp.prototype.test = () => { throw new Error("caught"); }; return (await context.http.get({ url: "x" })).status; };

// @ Symbol.asyncIterator without end on a cursor
exports = async () => { const cursor = { [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false }) }) }; let n = 0; for await (const _ of cursor) if (++n > 1e4) break; return n; };

// @ a symbol as key, value and name
exports = () => ({ [Symbol("key")]: 1, value: Symbol("value"), list: [Symbol.iterator] });

// @ Symbol.toStringTag lies
exports = () => { const liar = { get [Symbol.toStringTag]() { throw new Error("tag"); } }; console.log(liar); return [Object.create({ [Symbol.toStringTag]: "Date" })]; };

// @ a Date with an overridden toISOString and valueOf
exports = () => { const date = new Date(0); date.toISOString = () => '"}'; date.valueOf = () => { throw 1; }; Date.prototype.getTime = () => "x"; return date; };

// @ util.inspect.custom throws and loops
exports = () => { const { inspect } = require("util"); console.log({ [inspect.custom]() { throw new Error("inspect"); } }, { [inspect.custom]: inspect.custom }); return "logged"; };

// @ Symbol.dispose and other late symbols
exports = () => { for (const name of ["dispose", "asyncDispose", "matchAll", "metadata"]) Object.prototype[Symbol[name] ?? Symbol(name)] = () => { throw 1; }; return "well"; };
