// Logs in with each payload, each by a client of its own, all at once.
import { describe, given, logIn, outcomeOf, print } from "./realm.mjs";

const [payloads] = given;
print(await Promise.all(payloads.map((payload) => outcomeOf(logIn(payload).then(describe)))));
