// Promises and microtasks: settling twice, never, from elsewhere, without end.

// @ a promise that settles twice
exports = () => new Promise((resolve, reject) => { resolve("first"); resolve("second"); reject("third"); });

// @ a thenable that calls back twice
exports = () => ({ then(resolve, reject) { resolve("first"); resolve("second"); reject("third"); } });

// @ a thenable that calls back later, and again after the call has ended
exports = () => ({ then(resolve) { setTimeout(() => { resolve("first"); setTimeout(() => resolve("second"), 1); }, 1); } });

// @ a thenable that resolves with itself
exports = () => { const self = { then(resolve) { resolve(self); } }; return self; };

// @ a promise that resolves with itself
exports = () => { let settle; const promise = new Promise((resolve) => (settle = resolve)); settle(promise); return promise; };

// @ a then getter that changes its mind
exports = () => { let n = 0; return { get then() { return n++ ? (resolve) => resolve("changed") : undefined; } }; };

// @ a then getter that throws
exports = () => ({ get then() { throw new Error("getter"); } });

// @ an endless chain of thenables
exports = () => { const make = () => ({ then(resolve) { resolve(make()); } }); return make(); };

// @ a microtask that breeds
exports = () => { const breed = () => { queueMicrotask(breed); queueMicrotask(breed); }; breed(); return "bred"; };

// @ a timer that breeds
exports = () => { const breed = () => { setTimeout(breed, 0); setTimeout(breed, 0); }; breed(); return new Promise(() => {}); };

// @ setInterval of zero
exports = () => new Promise(() => setInterval(() => {}, 0));

// @ unhandled rejections by the thousand
exports = () => { for (let i = 0; i < 1e4; i++) Promise.reject(new Error("nobody")); return "well"; };

// @ rejecting with what cannot be described
exports = () => Promise.reject(new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } }));

// @ rejecting with nothing
exports = () => Promise.reject();

// @ throwing in a finally
exports = async () => { try { throw 1; } finally { throw 2; } };

// @ work that goes on after the return
exports = () => { (async () => { for (;;) await context.http.get({ url: "late" }); })(); return "returned"; };

// @ returning before a host call's answer
exports = () => { context.http.get({ url: "late" }).then(() => { for (;;); }); return "returned"; };

// @ an async iterator that never ends
exports = async () => { for await (const x of (async function* () { for (;;) yield 1; })()); };

// @ await inside a getter that the encoder reads
exports = () => ({ get value() { context.http.get({ url: "x" }); return new Promise(() => {}); } });

// @ Promise.all over a hostile iterable
exports = () => Promise.all({ [Symbol.iterator]: () => ({ next: () => ({ get done() { throw new Error("iterator"); } }) }) });
