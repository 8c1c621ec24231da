// Extended JSON both ways: what comes in goes out with its type, what is computed gets the type of its value.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run, valueOf } from "./sandbox.mjs";

const echo = (...args) => valueOf("exports = (x) => x", { args });
const computed = (expression) => valueOf(`exports = () => (${expression});`);

const roundTrips = {
  string: 'text with " and \u2028 and \u{1f600}',
  true: true,
  null: null,
  int: { $numberInt: "1" },
  "negative int": { $numberInt: "-2147483648" },
  "safe long": { $numberLong: "5000000000" },
  "unsafe long": { $numberLong: "9223372036854775807" },
  double: { $numberDouble: "2.5" },
  "negative zero": { $numberDouble: "-0.0" },
  NaN: { $numberDouble: "NaN" },
  Infinity: { $numberDouble: "-Infinity" },
  decimal: { $numberDecimal: "1.10" },
  id: { $oid: "0123456789abcdef01234567" },
  date: { $date: { $numberLong: "-1" } },
  binary: { $binary: { base64: "AQID", subType: "80" } },
  uuid: { $binary: { base64: "AAECAwQFBgcICQoLDA0ODw==", subType: "04" } },
  expression: { $regularExpression: { pattern: "^a/b", options: "im" } },
  timestamp: { $timestamp: { t: 4294967295, i: 2 } },
  symbol: { $symbol: "s" },
  code: { $code: "f()" },
  "code with scope": { $code: "f()", $scope: { a: { $numberInt: "1" } } },
  reference: { $ref: "c", $id: { $oid: "0123456789abcdef01234567" }, $db: "d", more: { $numberInt: "1" } },
  pointer: { $dbPointer: { $ref: "c", $id: { $oid: "0123456789abcdef01234567" } } },
  minKey: { $minKey: 1 },
  maxKey: { $maxKey: 1 },
  undefined: { $undefined: true },
  "prototype key": JSON.parse('{"__proto__":{"constructor":{"$numberInt":"1"}}}'),
  query: { $or: [{ a: { $gt: { $numberInt: "1" } } }], $comment: "c" },
  nested: [[{ a: [{ $oid: "0123456789abcdef01234567" }] }]],
};

for (const [name, value] of Object.entries(roundTrips)) {
  test(`${name} survives the way through a function`, async () => {
    assert.deepEqual(await echo(value), value);
    if (name !== "undefined") assert.deepEqual(await echo({ inside: [value] }), { inside: [value] });
  });
}

const computedValues = {
  2147483647: { $numberInt: "2147483647" },
  2147483648: { $numberLong: "2147483648" },
  "2 ** 60": { $numberLong: "1152921504606846976" },
  "-(2 ** 63)": { $numberLong: "-9223372036854775808" },
  "2 ** 63": { $numberDouble: "9223372036854776000" },
  "1e300": { $numberDouble: "1e+300" },
  0.5: { $numberDouble: "0.5" },
  "10n": { $numberLong: "10" },
  "new Number(3)": { $numberInt: "3" },
  "BSON.Double(1)": { $numberDouble: "1.0" },
  "new BSON.Int32(7)": { $numberInt: "7" },
  "BSON.Int32()": { $numberInt: "0" },
  "BSON.Double()": { $numberDouble: "0.0" },
  "BSON.Long()": { $numberLong: "0" },
  "BSON.Long(1, 2)": { $numberLong: "8589934593" },
  "BSON.MaxKey": { $maxKey: 1 },
  "BSON.MinKey()": { $minKey: 1 },
  "/a.b/gi": { $regularExpression: { pattern: "a.b", options: "i" } },
  "new Uint8Array([1, 2])": { $binary: { base64: "AQI=", subType: "00" } },
  "Buffer.from('hi')": { $binary: { base64: "aGk=", subType: "00" } },
  "new Map([['a', 1]])": { a: { $numberInt: "1" } },
  "new Set([true])": [true],
  "new Date(NaN)": null,
  "({ a: undefined, b: () => 0, c: Symbol() })": {},
  "[undefined, () => 0]": [null, null],
  "() => 0": { $undefined: true },
  undefined: { $undefined: true },
  "({ toJSON: () => 'j' })": "j",
  "({ toBSON: () => [1.5] })": [{ $numberDouble: "1.5" }],
  "new Error('m')": { message: "m", name: "Error" },
  "({ _bsontype: 'ObjectId' })": { _bsontype: "ObjectId" },
};

for (const [expression, expected] of Object.entries(computedValues)) {
  test(`${expression} is returned as ${JSON.stringify(expected)}`, async () => {
    assert.deepEqual(await computed(expression), expected);
  });
}

test("what has no place in Extended JSON is refused by name", async () => {
  await assert.rejects(computed("2n ** 63n"), /outside of 64 bits/);
  await assert.rejects(valueOf("exports = () => { const a = []; a.push({ a }); return a; }"), /cyclic structure/);
  await assert.rejects(
    valueOf("exports = () => { let a = 1; for (let i = 0; i < 300; i++) a = [a]; return a; }"),
    /deeper than 200/,
  );
});

test("the same object in two places is no cycle", async () => {
  assert.deepEqual(await valueOf("exports = () => { const a = {}; return [a, { a }]; }"), [{}, { a: {} }]);
});

test("plain numbers arrive as numbers, and only what loses digits as BSON.Long", async () => {
  const args = [
    {
      a: { $numberInt: "1" },
      b: { $numberDouble: "0.5" },
      c: { $numberLong: "7" },
      d: { $numberLong: "9007199254740993" },
    },
  ];
  const source = "exports = (x) => [typeof x.a, typeof x.b, typeof x.c, x.d instanceof BSON.Long, String(x.d)]";
  assert.deepEqual(await valueOf(source, { args }), ["number", "number", "number", true, "9007199254740993"]);
});

const long = (number) => ({ $numberLong: `${number}` });
const double = (text) => ({ $numberDouble: text });

test("a number that came in keeps its type for as long as its place holds it", async () => {
  const came = { a: double("5.0"), b: long(7), c: [double("1.0"), long(2)], d: double("1e+20"), e: double("-0.0") };
  const source = "exports = (x) => { x.c.push(3); return x; }";
  const kept = await valueOf(source, { args: [came] });
  assert.deepEqual(kept, { ...came, c: [...came.c, { $numberInt: "3" }], d: double("100000000000000000000") });
  assert.deepEqual(await valueOf("exports = (x) => { x.a += 1; return x.a; }", { args: [came] }), {
    $numberInt: "6",
  });
  const host = (_, call) => call.arguments.document ?? came;
  const stored = `exports = async () => { const c = context.services.get("mongodb-atlas").db("d").collection("c");
    return c.insertOne(await c.findOne()); }`;
  assert.deepEqual(await valueOf(stored, { host }), { ...came, d: double("100000000000000000000") });
});

test("a number that came in alone and is returned keeps its type", async () => {
  const counting = 'exports = () => context.services.get("mongodb-atlas").db("d").collection("c").count()';
  assert.deepEqual(await valueOf(counting, { host: () => long(3) }), long(3));
  assert.deepEqual(await valueOf("exports = (x) => x", { args: [double("2.0")] }), double("2.0"));
  assert.deepEqual(await valueOf("exports = (x) => x + 1", { args: [double("2.0")] }), { $numberInt: "3" });
});

test("EJSON is canonical both ways, and a whole number is a long", async () => {
  assert.equal(
    await computed("EJSON.stringify({ a: 42, d: new Date(1) })"),
    '{"a":{"$numberLong":"42"},"d":{"$date":{"$numberLong":"1"}}}',
  );
  assert.equal(
    await computed("EJSON.stringify({ a: 42, d: new Date(1) }, { relaxed: true })"),
    '{"a":42,"d":{"$date":"1970-01-01T00:00:00.001Z"}}',
  );
  assert.equal(await computed("EJSON.stringify([true], null, 1)"), "[\n true\n]");
  assert.deepEqual(
    await computed(
      `((v) => [v.a instanceof BSON.Int32, v.b + 1, v.c, v.d])(EJSON.parse('{"a":{"$numberInt":"1"},"b":2,"c":{"$oid":"0123456789abcdef01234567"},"d":{"$numberLong":"4"}}'))`,
    ),
    [true, { $numberInt: "3" }, { $oid: "0123456789abcdef01234567" }, { $numberLong: "4" }],
  );
  const { done } = await run(`exports = () => EJSON.parse('{"$oid":"no"}')`);
  assert.match(done.error.message, /^Invalid Extended JSON/);
});

test("BSON constructors work with and without new and keep instanceof", async () => {
  const source = `exports = () => {
    const id = BSON.ObjectId("0123456789abcdef01234567");
    return [id instanceof BSON.ObjectId, new BSON.ObjectId(id).equals(id), id.toString(), id.constructor === BSON.ObjectId,
      BSON.ObjectId.isValid("x"), id.getTimestamp().getTime() === 0x01234567 * 1000, JSON.stringify({ id }),
      BSON.Decimal128.fromString("1.5").toString(), BSON.BSONRegExp("a", "i"), typeof BSON.ObjectId().toHexString()];
  }`;
  assert.deepEqual(await valueOf(source), [
    true,
    true,
    "0123456789abcdef01234567",
    true,
    false,
    true,
    '{"id":"0123456789abcdef01234567"}',
    "1.5",
    { $regularExpression: { pattern: "a", options: "i" } },
    "string",
  ]);
});

test("BSON.Binary reads and writes hex, base64 and text", async () => {
  const source = `exports = () => {
    const b = BSON.Binary.fromText("hé");
    return [b.toHex(), b.toBase64(), b.text(), BSON.Binary.fromHex("0aff", 5), BSON.Binary.fromBase64("AQI=").toHex()];
  }`;
  assert.deepEqual(await valueOf(source), [
    "68c3a9",
    "aMOp",
    "hé",
    { $binary: { base64: "Cv8=", subType: "05" } },
    "0102",
  ]);
  await assert.rejects(computed('BSON.Binary.fromBase64("AQI")'), /SyntaxError|message/);
});

test("half of a surrogate pair leaves as the replacement character, in values, keys, lines and errors alike", async () => {
  const half = '"\\ud800"';
  assert.deepEqual(await computed(`({ [${half}]: ${half}, r: new RegExp(${half}) })`), {
    "\ufffd": "\ufffd",
    r: { $regularExpression: { pattern: "\ufffd", options: "" } },
  });
  const { done, logs } = await run(`exports = () => { console.log(${half}); throw new Error(${half}) }`);
  assert.deepEqual([logs, done.error.message], [[["log", "\ufffd"]], "\ufffd"]);
});
