// Logs in by tokens of Google, Apple and Facebook, then links one of them to an anonymous user.
import { Credentials, describe, given, newApp, outcomeOf, print } from "./realm.mjs";

const [google, apple, facebook, other] = given;
const app = newApp();
const logIn = (credentials) => outcomeOf(newApp().logIn(credentials).then(describe));
const user = await app.logIn(Credentials.anonymous());
await user.linkCredentials(Credentials.apple(other));
print({
  google: await logIn(Credentials.google({ idToken: google })),
  apple: await logIn(Credentials.apple(apple)),
  facebook: await logIn(Credentials.facebook(facebook)),
  linked: describe(user),
});
