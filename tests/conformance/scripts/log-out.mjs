// Logging out ends the session: the refresh token is worthless afterwards, and the user can log in again.
import { logIn, newApp, Credentials, outcomeOf, print } from "./realm.mjs";

const app = newApp();
const user = await app.logIn(Credentials.function({ id: "leaver" }));
const { id, refreshToken } = user;
await user.logOut();
const called = await outcomeOf(user.functions.echo(1));
const response = await fetch(`${process.env.BASE_URL}/api/client/v2.0/auth/session`, {
  method: "POST",
  headers: { Authorization: `Bearer ${refreshToken}` },
});
const again = await logIn({ id: "leaver" });
print({
  state: user.state,
  current: app.currentUser,
  called,
  refresh: { status: response.status, body: await response.json() },
  isSameUser: again.id === id,
});
