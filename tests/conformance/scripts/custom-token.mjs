// Logs in with each token, each by a client of its own.
import { Credentials, describe, given, newApp, outcomeOf, print } from "./realm.mjs";

const [tokens] = given;
const outcomes = [];
for (const token of tokens) {
  outcomes.push(await outcomeOf(newApp().logIn(Credentials.jwt(token)).then(describe)));
}
print(outcomes);
