// The events of a first and a second login, as their user may read them.
import { logIn, print, until } from "./realm.mjs";

const user = await logIn({ does: "named", id: "eventful", name: "Eve" });
await logIn({ does: "named", id: "eventful", name: "Eve" });
const events = user.mongoClient("mongodb-atlas").db("lobby").collection("events");
const kept = await until(
  () => events.find({}),
  (found) => found.length === 3,
);
print({ id: user.id, kept });
