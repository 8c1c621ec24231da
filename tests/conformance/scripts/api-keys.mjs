// A user's API keys from their making to their end, each step by the client.
import { Credentials, describe, newApp, outcomeOf, print } from "./realm.mjs";

const app = newApp();
await app.emailPasswordAuth.registerUser({ email: "keys@example.org", password: "correct horse" });
const user = await app.logIn(Credentials.emailPassword("keys@example.org", "correct horse"));
const key = await user.apiKeys.create("first_key");
const byKey = newApp();
const owner = await byKey.logIn(Credentials.apiKey(key.key));
const described = describe(owner);
const fetched = await user.apiKeys.fetch(key._id);
const ownDeletion = await outcomeOf(owner.apiKeys.delete(key._id));
await user.apiKeys.disable(key._id);
await user.apiKeys.disable(key._id);
const disabled = await outcomeOf(newApp().logIn(Credentials.apiKey(key.key)));
const ended = await outcomeOf(owner.refreshAccessToken());
await user.apiKeys.enable(key._id);
const again = await newApp().logIn(Credentials.apiKey(key.key));
print({
  key,
  fetched,
  listed: await user.apiKeys.fetchAll(),
  user: describe(user),
  owner: described,
  again: again.id,
  ownDeletion,
  disabled,
  ended,
  sum: await again.callFunction("add", 1, 2),
  badName: await outcomeOf(user.apiKeys.create("no blanks")),
  taken: await outcomeOf(user.apiKeys.create("first_key")),
  deleted: await outcomeOf(user.apiKeys.delete(key._id)),
  gone: await outcomeOf(user.apiKeys.fetch(key._id)),
  unknown: await outcomeOf(user.apiKeys.enable(key._id)),
  byDeleted: await outcomeOf(newApp().logIn(Credentials.apiKey(key.key))),
});
