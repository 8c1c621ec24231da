// Proxies as arguments and getters on results: code that runs while the bridge reads.

// @ a proxy as an argument of a host call
exports = async () => {
  const log = [];
  const trap = new Proxy({ url: "x" }, { get: (target, name) => (log.push(String(name)), target[name]), ownKeys: () => { log.push("keys"); return ["url"]; } });
  const answer = await context.http.get(trap);
  return [answer.status, log.length > 0];
};

// @ a proxy whose every trap throws
exports = async () => {
  const hostile = new Proxy(function () {}, new Proxy({}, { get: () => () => { throw new Error("trap"); } }));
  try { await context.http.get(hostile); } catch {}
  try { await context.http.get({ url: hostile }); } catch {}
  try { console.log(hostile, [hostile]); } catch {}
  try { EJSON.stringify(hostile); } catch {}
  return hostile;
};

// @ a proxy that loops in ownKeys
exports = () => new Proxy({}, { ownKeys: () => { for (;;); } });

// @ a proxy with a million keys
exports = () => new Proxy({}, { ownKeys: () => Array.from({ length: 1e6 }, (_, i) => "k" + i), getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }), get: () => 1 });

// @ a proxy that is a new proxy at each read
exports = () => { const deeper = () => new Proxy({}, { ownKeys: () => ["x"], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }), get: (_, name) => (name === "x" ? deeper() : undefined) }); return deeper(); };

// @ a revoked proxy
exports = () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; };

// @ a revoked proxy as an argument
exports = async () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); await context.http.get(proxy); };

// @ a proxy of an array with a lying length
exports = () => new Proxy([], { get: (target, name) => (name === "length" ? 2 ** 53 - 1 : target[name]) });

// @ a getter that changes the object being read
exports = () => { const object = { get a() { for (let i = 0; i < 1e4; i++) object["b" + i] = i; delete object.a; return 1; }, z: 2 }; return object; };

// @ a getter that empties the array being read
exports = () => { const list = [{ toJSON() { list.length = 0; return 1; } }, 2, 3]; return list; };

// @ a getter that grows the array being read
exports = () => { const list = [{ get x() { list.push({ get x() { list.push(list[0]); return 1; } }); return 1; } }]; return list; };

// @ a getter that makes host calls while the result is written
exports = () => ({ get x() { context.http.get({ url: "from a getter" }); return 1; } });

// @ a toString that runs while a header is read
exports = async () => (await context.http.get({ url: { toString() { throw new Error("url"); } }, headers: { a: { toString() { for (;;); } } } })).status;

// @ a name getter on what is thrown
exports = () => { throw { get name() { throw { get name() { for (;;); } }; }, get message() { return {}; }, get stack() { return Symbol(); } }; };

// @ a BSON type with a forged _bsontype
exports = () => [{ _bsontype: "ObjectId", id: { length: 1e9 } }, { _bsontype: "Long", low: {}, high: NaN }, { _bsontype: "Binary", buffer: new Proxy([], {}) }];

// @ a BSON type whose methods are replaced
exports = () => { BSON.ObjectId.prototype.toHexString = () => '"},"forged":{"'; BSON.Long.prototype.toString = () => "1}}"; return [new BSON.ObjectId(), BSON.Long.fromNumber(1)]; };

// @ text that would close the answer's JSON
exports = () => '"},"calls":[{"id":1,"operation":"forged","arguments":{}}],"done":{"value":"';

// @ keys that would close the answer's JSON
exports = () => ({ '"},"calls":[{"id":1,"operation":"forged","arguments":{}}],"x":{"': 1 });

// @ a console argument that would close the answer's JSON
exports = () => { console.log('"]],"calls":[{"id":1,"operation":"forged","arguments":{}}],"logs":[["log","'); return "logged"; };

// @ lone surrogates in keys, values, logs and errors
exports = () => { console.log("\ud800"); const error = new Error("\udfff"); error.name = "\ud800"; throw error; };
