// The MongoDB client: each method asks for its action with the arguments of the contract, section 3.1.
import assert from "node:assert/strict";
import { test } from "node:test";
import { run, valueOf } from "./sandbox.mjs";

const int = (number) => ({ $numberInt: `${number}` });
const prelude = 'const mongo = context.services.get("mongodb-atlas"); const c = mongo.db("d").collection("c");';
const asked = async (expression, answer = null) => {
  const { calls, done } = await run(`exports = async () => { ${prelude} return await (${expression}); }`, {
    host: () => answer,
  });
  if (done.error) throw new Error(done.error.message);
  return calls.map(({ arguments: { action, arguments: args } }) => [action, args]);
};

const expectations = {
  "c.find({ a: 1 }, { a: 0 }).sort({ a: -1 }).skip(1).limit(2).toArray()": [
    "find",
    { query: { a: int(1) }, project: { a: int(0) }, sort: { a: int(-1) }, skip: int(1), limit: int(2) },
  ],
  "c.find().toArray()": ["find", { query: {} }],
  "c.find({}, null, { projection: { a: 1 }, sort: { b: 1 } }).toArray()": [
    "find",
    { query: {}, project: { a: int(1) }, sort: { b: int(1) } },
  ],
  "c.findOne({ a: 1 }, { a: 1 })": ["findOne", { query: { a: int(1) }, project: { a: int(1) } }],
  "c.findOneAndUpdate({}, { $set: {} }, { upsert: true, returnNewDocument: true, sort: { a: 1 }, projection: { a: 1 } })":
    [
      "findOneAndUpdate",
      {
        filter: {},
        update: { $set: {} },
        upsert: true,
        returnNewDocument: true,
        sort: { a: int(1) },
        projection: { a: int(1) },
      },
    ],
  "c.findOneAndReplace({}, { b: 1 })": ["findOneAndReplace", { filter: {}, update: { b: int(1) } }],
  "c.findOneAndDelete({}, { sort: { a: 1 } })": ["findOneAndDelete", { filter: {}, sort: { a: int(1) } }],
  "c.insertOne({ a: undefined })": ["insertOne", { document: { a: null } }],
  "c.insertMany([{}, {}], { ordered: false })": ["insertMany", { documents: [{}, {}], ordered: false }],
  "c.updateOne({}, { $set: {} }, { arrayFilters: [] })": [
    "updateOne",
    { query: {}, update: { $set: {} }, arrayFilters: [] },
  ],
  "c.updateMany({}, { $set: {} }, { upsert: false })": [
    "updateMany",
    { query: {}, update: { $set: {} }, upsert: false },
  ],
  "c.replaceOne({}, { a: 1 }, { upsert: true })": [
    "replaceOne",
    { query: {}, replacement: { a: int(1) }, upsert: true },
  ],
  "c.deleteOne({ a: null })": ["deleteOne", { query: { a: null } }],
  "c.deleteMany({})": ["deleteMany", { query: {} }],
  "c.aggregate([{ $match: {} }]).toArray()": ["aggregate", { pipeline: [{ $match: {} }] }],
  "c.count({ a: 1 }, { limit: 5 })": ["count", { query: { a: int(1) }, limit: int(5) }],
  'c.distinct("a", { b: 1 })': ["distinct", { field: "a", query: { b: int(1) } }],
  "c.bulkWrite([{ insertOne: { document: { a: 1 } } }, { insertOne: { b: 1 } }])": [
    "bulkWrite",
    {
      operations: [{ insertOne: { document: { a: int(1) } } }, { insertOne: { document: { b: int(1) } } }],
      ordered: true,
    },
  ],
  "mongo.admin().getDBNames()": ["getDBNames", {}],
  'mongo.db("d").getCollectionNames()': ["getCollectionNames", {}],
  'mongo.db("d").aggregate([{ $documents: [] }]).toArray()': ["aggregate", { pipeline: [{ $documents: [] }] }],
};

for (const [expression, expected] of Object.entries(expectations)) {
  test(`${expression} asks for ${expected[0]}`, async () => {
    assert.deepEqual(await asked(expression, []), [expected]);
  });
}

test("an operation names its data source, database and collection", async () => {
  const { calls } = await run(`exports = () => { ${prelude} return c.count() }`);
  const { service, database, collection } = calls[0].arguments;
  assert.deepEqual([calls[0].operation, service, database, collection], ["documents", "mongodb-atlas", "d", "c"]);
});

test("a query with an undefined member asks for null, so that it does not match everything", async () => {
  assert.deepEqual(await asked("c.findOne({ email: undefined })"), [["findOne", { query: { email: null } }]]);
});

test("a write without a query is refused before anything is asked", async () => {
  for (const call of [
    "deleteMany()",
    "deleteOne(undefined)",
    "updateMany(null, {})",
    "findOneAndDelete()",
    "replaceOne('x', {})",
  ]) {
    await assert.rejects(asked(`c.${call}`), /needs a query/);
  }
});

test("cursors are read once, from where reading stopped", async () => {
  const host = () => [1, 2, 3].map(int);
  const source = `exports = async () => {
    ${prelude}
    const cursor = c.find();
    const seen = [await cursor.next(), await cursor.toArray(), await cursor.next(), await cursor.hasNext()];
    for await (const item of c.aggregate([])) seen.push(item);
    await c.find().forEach((item) => seen.push(item));
    try { cursor.sort({}) } catch (error) { seen.push(error.message) }
    return seen;
  }`;
  const { done, calls } = await run(source, { host });
  assert.equal(calls.length, 3);
  assert.deepEqual(done.value, [
    int(1),
    [int(2), int(3)],
    null,
    false,
    ...[1, 2, 3, 1, 2, 3].map(int),
    "sort() comes too late: the cursor has been read from",
  ]);
});

test("the older bulk interface collects operations", async () => {
  const source = `(() => { const bulk = c.initializeUnorderedBulkOp(); bulk.insert({ a: 1 });
    bulk.find({ a: 1 }).upsert().updateOne({ $set: {} }); bulk.find({}).remove(); return bulk.execute(); })()`;
  assert.deepEqual(await asked(source), [
    [
      "bulkWrite",
      {
        operations: [
          { insertOne: { document: { a: int(1) } } },
          { updateOne: { filter: { a: int(1) }, update: { $set: {} }, upsert: true } },
          { deleteMany: { filter: {} } },
        ],
        ordered: false,
      },
    ],
  ]);
});

test("bulkWrite gives null", async () => {
  assert.equal(
    await valueOf(`exports = () => { ${prelude} return c.bulkWrite([]) }`, { host: () => ({ a: int(1) }) }),
    null,
  );
});

test("a transaction begins before its operations and is committed after them", async () => {
  const source = `(async () => { const session = mongo.startSession();
    try { return await session.withTransaction(() => c.insertOne({}, { session })); } finally { await session.endSession(); } })()`;
  const calls = await asked(source);
  assert.deepEqual(
    calls.map(([action]) => action),
    ["startTransaction", "insertOne", "commitTransaction"],
  );
  const ids = calls.map(([, { session }]) => session);
  assert.match(ids[0], /^[0-9a-f]{32}$/);
  assert.equal(new Set(ids).size, 1);
});

test("a transaction that lost against another is done again from its start", async () => {
  let commits = 0;
  const seen = [];
  const host = (_, { action }) => {
    seen.push(action);
    if (action !== "commitTransaction" || ++commits > 2) return null;
    throw Object.assign(new Error("WriteConflict"), { code: 112 });
  };
  const source = `exports = async () => { ${prelude} const session = mongo.startSession(); let runs = 0;
    await session.withTransaction(async () => { runs++; await c.insertOne({}, { session }); }); return runs; }`;
  assert.deepEqual(await valueOf(source, { host }), int(3));
  assert.deepEqual(seen, Array(3).fill(["startTransaction", "insertOne", "commitTransaction"]).flat());
});

test("a transaction whose work throws, or that is left open, is undone", async () => {
  const throwing = `(async () => { const session = mongo.startSession();
    await session.withTransaction(async () => { await c.count({}, { session }); throw new Error("x"); }).catch(() => 0); })()`;
  assert.deepEqual(
    (await asked(throwing)).map(([action]) => action),
    ["startTransaction", "count", "abortTransaction"],
  );
  const open =
    "(async () => { const session = mongo.startSession(); session.startTransaction(); await session.endSession(); })()";
  assert.deepEqual(
    (await asked(open)).map(([action]) => action),
    ["startTransaction", "abortTransaction"],
  );
});

test("nothing of a transaction is asked for where the host refuses to begin one", async () => {
  const calls = [];
  const host = (_, { action }) => {
    calls.push(action);
    throw new Error("transactions are not supported");
  };
  const source = `exports = async () => { ${prelude} const session = mongo.startSession(); session.startTransaction(); await c.insertOne({}, { session }); }`;
  await assert.rejects(valueOf(source, { host }), /transactions are not supported/);
  assert.deepEqual(calls, ["startTransaction"]);
});
