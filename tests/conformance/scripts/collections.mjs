// Reads and writes of two users under the app's rules.
import { BSON, logIn, outcomeOf, print } from "./realm.mjs";

const [ada, bob] = await Promise.all([logIn({ id: "ada" }), logIn({ id: "bob" })]);
const collectionOf = (user, name) => user.mongoClient("mongodb-atlas").db("lobby").collection(name);
const [adasNotes, bobsNotes] = [collectionOf(ada, "notes"), collectionOf(bob, "notes")];
const [adasBoard, bobsBoard] = [collectionOf(ada, "board"), collectionOf(bob, "board")];
const results = {};

const inserted = await adasNotes.insertOne({ owner_id: ada.id, text: "mine", n: 1 });
results.insertedId = inserted.insertedId instanceof BSON.ObjectId || inserted.insertedId.constructor.name;
results.many = (await adasNotes.insertMany([{ owner_id: ada.id, text: "a", n: 2 }, { owner_id: ada.id, text: "b", n: 3 }]))
  .insertedIds.length;
results.own = (await adasNotes.find({}, { sort: { n: -1 }, projection: { _id: 0, n: 1 } }));
results.limited = (await adasNotes.find({}, { sort: { n: 1 }, limit: 1 })).map(({ text }) => text);
results.one = (await adasNotes.findOne({ n: 2 })).text;
results.count = await adasNotes.count({});
results.aggregated = await adasNotes.aggregate([{ $group: { _id: null, total: { $sum: "$n" } } }]);
results.others = await bobsNotes.find({});
results.othersCount = await bobsNotes.count({});
results.othersUpdate = await bobsNotes.updateOne({ _id: inserted.insertedId }, { $set: { text: "stolen" } });
results.othersDelete = await bobsNotes.deleteMany({});
results.foreignInsert = await outcomeOf(bobsNotes.insertOne({ owner_id: ada.id, text: "forged" }));
results.schemaInsert = await outcomeOf(adasNotes.insertOne({ owner_id: ada.id, text: 7 }));
results.handOver = await outcomeOf(adasNotes.updateOne({ n: 1 }, { $set: { owner_id: bob.id } }));
results.updated = await adasNotes.updateMany({}, { $inc: { n: 10 } });
results.upserted = Object.keys(
  await adasNotes.updateOne({ n: 99 }, { $set: { owner_id: ada.id, text: "up" } }, { upsert: true }),
).sort();
results.before = (await adasNotes.findOneAndUpdate({ n: 11 }, { $set: { text: "after" } })).text;
results.after = (await adasNotes.findOneAndUpdate({ n: 11 }, { $set: { text: "end" } }, { returnNewDocument: true })).text;
results.replaced = (
  await adasNotes.findOneAndReplace({ n: 11 }, { owner_id: ada.id, text: "new", n: 21 }, { returnNewDocument: true })
).text;
results.foundAndDeleted = (await adasNotes.findOneAndDelete({ n: 21 })).text;
results.deleted = await adasNotes.deleteMany({});
results.left = await adasNotes.count({});

await adasBoard.insertOne({ author_id: ada.id, title: "news", draft: "secret" });
results.readerSees = (await bobsBoard.find({})).map(({ title, draft }) => [title, draft ?? "hidden"]);
results.authorSees = (await adasBoard.find({})).map(({ title, draft }) => [title, draft]);
results.readerWrites = await outcomeOf(bobsBoard.updateOne({ title: "news" }, { $set: { title: "graffiti" } }));
results.readerDeletes = await outcomeOf(bobsBoard.deleteOne({ title: "news" }));
results.untouched = (await adasBoard.findOne({})).title;
results.withoutRules = await outcomeOf(collectionOf(ada, "people").find({}));
results.writesWithoutRules = await outcomeOf(collectionOf(ada, "people").insertOne({ a: 1 }));

const id = new BSON.ObjectId();
await adasNotes.insertOne({ _id: id, owner_id: ada.id, text: "once" });
results.twice = await outcomeOf(adasNotes.insertOne({ _id: id, owner_id: ada.id, text: "twice" }));
results.operator = await outcomeOf(adasNotes.find({ $who: 1 }));
results.stage = await outcomeOf(adasNotes.aggregate([{ $who: 1 }]));
results.modifier = await outcomeOf(adasNotes.updateOne({ _id: id }, { $who: { a: 1 } }));
results.none = await outcomeOf(adasNotes.insertMany([]));
results.service = await outcomeOf(ada.mongoClient("nowhere").db("d").collection("c").insertOne({}));
print({ ada: ada.id, results });
