// A deleted user is gone with all tokens; the same external id makes a new user.
import { Credentials, logIn, newApp, outcomeOf, print, until } from "./realm.mjs";

const app = newApp();
const user = await app.logIn(Credentials.function({ id: "short-lived" }));
const { id, accessToken } = user;
await app.deleteUser(user);
const response = await fetch(`${process.env.BASE_URL}/api/client/v2.0/auth/profile`, {
  headers: { Authorization: `Bearer ${accessToken}` },
});
const again = await logIn({ id: "short-lived" });
const events = await until(
  () => again.functions.eventsOf(id),
  (kinds) => kinds.length === 3,
);
print({
  current: app.currentUser,
  state: user.state,
  profile: await outcomeOf(response.json()),
  status: response.status,
  isSameUser: again.id === id,
  events,
});
