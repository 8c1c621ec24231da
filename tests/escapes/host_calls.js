// Host calls forged, flooded and re-entered: the host answers only what it offers, and counts.

// @ operations that the host does not offer
exports = async () => {
  const mongo = context.services.get("mongodb-atlas");
  const asked = [];
  for (const operation of ["system", "eval", "__proto__", "constructor", "answer", "../http", "http\0", ""]) asked.push(operation);
  try { return evidence(await mongo?.db?.("x").collection("y").findOne({})); } catch { return asked.length; }
};

// @ names on the prototype of services
exports = () => evidence(["__proto__", "constructor", "toString", "hasOwnProperty"].map((name) => context.services.get(name)).find((found) => found !== undefined));

// @ names on the prototype of values
exports = () => evidence(["__proto__", "constructor", "toString", "valueOf"].map((name) => context.values.get(name)).find((found) => found !== undefined));

// @ names on the prototype of functions
exports = async () => { for (const name of ["__proto__", "constructor", "toString"]) { try { return evidence(await context.functions.execute(name)); } catch {} } return "nothing"; };

// @ a service by an object that changes its name
exports = () => { let n = 0; return evidence(context.services.get({ toString: () => (n++ ? "http" : "none") }) && n > 1 && "changed"); };

// @ a thousand and one host calls at once
exports = async () => (await Promise.all(Array.from({ length: 1001 }, () => context.http.get({ url: "x" })))).length;

// @ host calls without end, one after the other
exports = async () => { for (;;) await context.http.get({ url: "x" }); };

// @ an argument of a hundred megabytes
exports = async () => (await context.http.get({ url: "x".repeat(5e7) })).status;

// @ answers that come after the end are nobody's
exports = async () => { context.http.get({ url: "x" }).then(() => { globalThis.late = true; }); return evidence(globalThis.late); };

// @ re-entry through an answer's callback
exports = async () => { let depth = 0; const again = async () => { if (depth++ < 500) { await context.http.get({ url: "x" }); await again(); } }; await again(); return depth; };

// @ re-entry into the library from toJSON while it writes
exports = () => ({ toJSON() { EJSON.stringify({ toJSON: () => EJSON.parse("{}") }); console.log("within"); context.http.get({ url: "x" }); return 1; } });

// @ re-entry from a sort callback inside an answer
exports = async () => { const answer = await context.http.get({ url: "x" }); const list = [3, 2, 1].sort((a, b) => { context.http.get({ url: "y" }); return a - b; }); return [answer.status, list.length]; };

// @ executing itself without end
exports = () => context.functions.execute("f");

// @ executing another with a spoilt context
exports = () => { context.functions.execute = () => "forged"; context.user = { id: "root" }; return evidence(context.runningAsSystem()); };

// @ timers of absurd times
exports = async () => { for (const ms of [-1, NaN, Infinity, 2 ** 53, "x", {}, null]) { const timer = setTimeout(() => {}, ms); clearTimeout(timer); clearTimeout(ms); clearInterval({}); } return "cleared"; };

// @ ten thousand timers
exports = () => { for (let i = 0; i < 10000; i++) setTimeout(() => {}, 1e6); return "set"; };

// @ synchronous crypto with hostile arguments
exports = () => { const crypto = require("crypto"); const got = []; for (const call of [() => crypto.createHash("../md5"), () => crypto.createHash("__proto__"), () => crypto.createHmac("sha256", null), () => utils.crypto.encrypt("aes", {}, {}), () => utils.jwt.decode("a.b.c", "k"), () => utils.crypto.sign("rsa", "x", "-----BEGIN", "pss"), () => crypto.timingSafeEqual("a", [])]) { try { got.push(typeof call()); } catch (error) { got.push(error.name); } } return got.length; };

// @ utils.jwt with algorithm none
exports = () => { const token = btoa('{"alg":"none"}').replaceAll("=", "") + "." + btoa('{"sub":"root"}').replaceAll("=", "") + "."; try { return evidence(utils.jwt.decode(token, "k").sub); } catch { return "nothing"; } };

// @ utils.jwt that takes a public key for a secret
exports = () => { const pem = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----"; try { const token = utils.jwt.encode("HS256", { sub: "root" }, pem); return evidence(utils.jwt.decode(token, pem, false, ["RS256"])?.sub); } catch { return "nothing"; } };
