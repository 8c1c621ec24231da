// Calls functions as one user, one after the other: `[name, ...arguments]` each.
import { given, logIn, outcomeOf, print } from "./realm.mjs";

const [payload, calls] = given;
const user = await logIn(payload);
const outcomes = [];
for (const [name, ...args] of calls) {
  outcomes.push(await outcomeOf(user.functions[name](...args)));
}
print({ id: user.id, outcomes });
