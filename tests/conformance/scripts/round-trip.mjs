// Sends the BSON types through a function; prints both ways in canonical Extended JSON.
import { BSON, logIn, print } from "./realm.mjs";

const { EJSON } = BSON;
const canonical = (value) => EJSON.stringify(value, { relaxed: false });
const values = {
  objectId: new BSON.ObjectId("0123456789abcdef01234567"),
  decimal: BSON.Decimal128.fromString("1.10"),
  long: BSON.Long.fromString("9007199254740993"),
  int: new BSON.Int32(1),
  fraction: 2.5,
  date: new Date(86400000),
  oldDate: new Date(-1),
  binary: new BSON.Binary(Buffer.from([0, 1, 255]), 0),
  uuid: new BSON.Binary(Buffer.alloc(16, 7), 4),
  regex: new BSON.BSONRegExp("^a/b", "im"),
  timestamp: new BSON.Timestamp(new BSON.Long(2, 1)),
  code: new BSON.Code("return 1"),
  codeWithScope: new BSON.Code("return a", { a: 1 }),
  reference: new BSON.DBRef("people", new BSON.ObjectId("0123456789abcdef01234567")),
  minKey: new BSON.MinKey(),
  maxKey: new BSON.MaxKey(),
  text: "é😀\u0000\u2028",
  list: [null, true, [], {}],
  nested: { $like: 1, "a.b": { __proto__x: 2 } },
};
const user = await logIn({ id: "round-trip" });
const answers = {};
const token = user.accessToken;
for (const [name, value] of Object.entries(values)) {
  const response = await fetch(`${process.env.BASE_URL}/api/client/v2.0/app/${process.env.APP_ID}/functions/call`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: canonical({ name: "echo", arguments: [value] }),
  });
  answers[name] = { sent: JSON.parse(canonical(value)), returned: await response.json() };
}
print({ answers, decoded: { date: (await user.functions.echo(values.date)) instanceof Date } });
