// Bombs for stack, heap, regular expressions, strings, results and logs. Each ends its own call at most.

// @ endless recursion
exports = () => { const f = () => f() + 1; return f(); };

// @ recursion through toString, valueOf and getters
exports = () => { const o = { toString: () => `${o}`, valueOf: () => +o, get x() { return o.x; } }; return [`${o}`, +o, o.x]; };

// @ recursion through JSON.stringify
exports = () => { const o = { toJSON: () => JSON.stringify(o) }; return JSON.stringify(o); };

// @ recursion through a Proxy's prototype
exports = () => { const p = new Proxy({}, {}); Object.setPrototypeOf(p, Object.create(p)); return p.x; };

// @ recursion through bound functions
exports = () => { let f = () => 1; for (let i = 0; i < 1e5; i++) f = f.bind(null); return f(); };

// @ a deep expression in eval
exports = () => eval("(".repeat(1e5) + "1" + ")".repeat(1e5));

// @ a deep template in eval
exports = () => eval("`${".repeat(2e4) + "1" + "}`".repeat(2e4));

// @ a deep result
exports = () => { let o = {}; for (let i = 0; i < 1e6; i++) o = { o }; return o; };

// @ a deep argument of a host call
exports = async () => { let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; return (await context.http.get({ url: "x", body: o, encodeBodyAsJSON: true })).status; };

// @ a circular result
exports = () => { const o = {}; o.o = [o]; return o; };

// @ a circular argument
exports = async () => { const o = { url: "x" }; o.headers = { a: o }; return (await context.http.get(o)).status; };

// @ a heap of arrays
exports = () => { const all = []; for (;;) all.push(new Array(1e5).fill(all)); };

// @ a heap of closures
exports = () => { let f = () => 1; for (;;) { const g = f; f = () => g; } };

// @ a heap of strings
exports = () => { let text = "x"; for (;;) text = text + text + Math.random(); };

// @ a heap of properties
exports = () => { const o = {}; for (let i = 0; ; i++) o["k" + i] = i; };

// @ a heap of BigInts
exports = () => { let n = 3n; for (;;) n = n * n; };

// @ a heap of typed arrays
exports = () => { const all = []; for (;;) all.push(new Uint8Array(1 << 24)); };

// @ a heap of symbols and weak references
exports = () => { const all = []; for (let i = 0; ; i++) all.push(Symbol("s" + i), new WeakRef({ i })); };

// @ a heap of promises
exports = () => { const all = []; for (;;) all.push(new Promise(() => {})); };

// @ out of memory that is caught, again and again
exports = () => { for (;;) { try { const all = []; for (;;) all.push(new Array(1e6).fill(1)); } catch {} } };

// @ a regular expression without end
exports = () => /^(a+)+$/.test("a".repeat(50) + "b");

// @ a regular expression that captures without end
exports = () => /(x+x+)+y/.exec("x".repeat(5000));

// @ a nested quantifier in replace
exports = () => "a".repeat(1e5).replace(/(a*)*b/g, "");

// @ a regular expression of a megabyte
exports = () => new RegExp("(a?)".repeat(2e5) + "b").test("a".repeat(1000));

// @ a look-behind bomb
exports = () => /(?<=(a+)+)b/.test("a".repeat(40) + "c");

// @ named groups by the thousand
exports = () => new RegExp(Array.from({ length: 1e5 }, (_, i) => `(?<g${i}>a)`).join("|")).test("b");

// @ a string built in a loop
exports = () => { let text = ""; for (;;) text += "vestibule".repeat(1000); };

// @ split and join
exports = () => { for (;;) "a".repeat(1e6).split("").join("b"); };

// @ normalising a zalgo string
exports = () => ("e" + "\u0301".repeat(1e6)).normalize("NFC").length;

// @ localeCompare and Intl in a loop
exports = () => { for (;;) "a".repeat(1e5).localeCompare("b".repeat(1e5)); };

// @ a sort whose callback lies
exports = () => Array.from({ length: 1e5 }, (_, i) => i).sort(() => Math.random() - 0.5).length;

// @ a sort whose callback changes the array
exports = () => { const list = Array.from({ length: 1e4 }, (_, i) => i); list.sort((a, b) => { list.length = 0; list.push(1); return a - b; }); return list.length > -1; };

// @ JSON of a hundred megabytes
exports = () => JSON.parse("[" + "1,".repeat(3e7) + "1]").length;

// @ console without end
exports = () => { for (;;) console.log("x".repeat(1000)); };

// @ one line of a hundred megabytes
exports = () => { console.log("x".repeat(5e7)); return "logged"; };

// @ an error with a message of fifty megabytes
exports = () => { throw new Error("x".repeat(5e7)); };

// @ an error with a cause without end
exports = () => { let error = new Error("0"); for (let i = 0; i < 1e5; i++) error = new Error("x", { cause: error }); throw error; };

// @ an AggregateError of AggregateErrors
exports = () => { let error = new Error("x"); for (let i = 0; i < 1e4; i++) error = new AggregateError([error, error]); throw error; };

// @ dates beyond time
exports = () => [new Date(8.64e15), new Date(8.64e15 + 1), new Date(NaN), new Date(-8.64e15)].length;
