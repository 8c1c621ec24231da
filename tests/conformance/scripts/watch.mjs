// Two users watch while one of them writes: each is told what they may see, and nothing else.
import { begun } from "./streams.mjs";
import { BSON, logIn, outcomeOf, print } from "./realm.mjs";

const [ada, bob] = await Promise.all([logIn({ id: "ada-watches" }), logIn({ id: "bob-watches" })]);
const collectionOf = (user, name) => user.mongoClient("mongodb-atlas").db("lobby").collection(name);
const [adasBoard, bobsBoard] = [collectionOf(ada, "board"), collectionOf(bob, "board")];

/** The events up to the one that inserts the last document. */
async function eventsOf(stream) {
  const events = [];
  for await (const event of stream) {
    events.push(event);
    if (event.operationType === "insert" && event.fullDocument.title === "last%25\n\r%") break;
  }
  return events;
}

/** A stream whose first read is under way. */
function reading(stream) {
  const first = stream.next();
  return {
    next: () => first,
    async *[Symbol.asyncIterator]() {
      const { value, done } = await first;
      if (done) return;
      yield value;
      yield* stream;
    },
  };
}

const chosen = new BSON.ObjectId();
const streams = [
  adasBoard.watch(),
  bobsBoard.watch(),
  bobsBoard.watch({ filter: { "fullDocument.n": 2 } }),
  bobsBoard.watch({ ids: [chosen] }),
  collectionOf(bob, "notes").watch({ filter: { "fullDocument.owner_id": bob.id } }),
];
const [adas, bobs, filtered, byId, notes] = streams.map(reading);
await begun(streams.length);
const own = { author_id: ada.id };
await collectionOf(ada, "notes").insertOne({ owner_id: ada.id, text: "hers alone" });
await collectionOf(bob, "notes").insertOne({ owner_id: bob.id, text: "his" });
const { insertedId } = await adasBoard.insertOne({ ...own, title: "first", draft: "secret", n: 1 });
await adasBoard.insertOne({ ...own, _id: chosen, title: "chosen", n: 2 });
await adasBoard.updateOne({ _id: insertedId }, { $set: { draft: "more", n: 2 }, $unset: { title: 1 } });
await adasBoard.deleteOne({ _id: insertedId });
await adasBoard.insertOne({ ...own, title: "last%25\n\r%", n: 3 });

const [adasEvents, bobsEvents] = await Promise.all([eventsOf(adas), eventsOf(bobs)]);
const [firstFiltered, firstById, firstNote] = (await Promise.all([filtered.next(), byId.next(), notes.next()])).map(
  ({ value }) => value,
);
const refused = await outcomeOf(collectionOf(ada, "people").watch().next());
const described = ({ operationType, fullDocument, updateDescription, ns }) => ({
  operationType,
  title: fullDocument?.title,
  draft: fullDocument?.draft,
  updateDescription,
  ns,
});
print({
  ada: adasEvents.map(described),
  bob: bobsEvents.map(described),
  key: bobsEvents[0].documentKey._id.toString() === insertedId.toString(),
  clusterTime: bobsEvents[0].clusterTime.constructor.name,
  filtered: described(firstFiltered).title,
  byId: described(firstById).title,
  note: firstNote.fullDocument.text,
  refused,
});
process.exit(0);
