// Two users of different permissions on the same documents, and one whose permissions change while logged in.
import { logIn, outcomeOf, print } from "./realm.mjs";

const [ada, bob, eve] = await Promise.all(["ada", "bob", "eve"].map((id) => logIn({ id })));
await ada.functions.employ([{ canWrite: true, first: true }, { canWrite: false }]);
await bob.functions.employ([{ asObjectId: true, canWrite: true }, { canRead: true }]);
const papersOf = (user) => user.mongoClient("mongodb-atlas").db("press").collection("papers");
const [adas, bobs, eves] = [ada, bob, eve].map(papersOf);
await adas.insertMany([
  { _id: 1, desk: "news", printed: true, title: "a", source: "x", notes: "" },
  { _id: 2, desk: "news", printed: false, title: "b", source: "y" },
  { _id: 3, desk: "sport", printed: true, title: "c", source: "z" },
]);
const results = { ada: await adas.find({}), bob: await bobs.find({}), eve: await eves.find({}) };
results.bobsCounts = [await bobs.count({}), await bobs.count({ source: "x" }), await bobs.count({ title: "a" })];
results.bobsNote = await bobs.updateMany({}, { $set: { notes: "seen" } });
results.bobsTitle = await outcomeOf(bobs.updateOne({ _id: 1 }, { $set: { title: "mine" } }));
results.bobsGuess = await outcomeOf(bobs.updateOne({ _id: 1 }, { $set: { source: "x" } }));
results.bobsMaximum = await outcomeOf(bobs.updateOne({ _id: 1 }, { $max: { source: "a" } }));
results.bobsInsert = await outcomeOf(bobs.insertOne({ notes: "new" }));
results.bobsDelete = await outcomeOf(bobs.deleteOne({ _id: 1 }));
results.bobsHidden = await bobs.deleteMany({ _id: { $in: [2, 3] } });
results.customData = [ada.customData, bob.customData];

await bob.functions.employ([{ canWrite: true }]);
results.promoted = (await bobs.find({}, { sort: { source: -1 } })).map(({ _id }) => _id);
await ada.functions.employ([]);
results.dismissed = await adas.find({});
results.left = await outcomeOf(adas.updateOne({ _id: 1 }, { $set: { title: "again" } }));
print(results);
