// An access token that has run out is renewed by the client; a session that has ended logs the user out.
import { logIn, outcomeOf, print, until } from "./realm.mjs";

const client = `${process.env.BASE_URL}/api/client/v2.0`;
const authorized = (token) => ({ headers: { Authorization: `Bearer ${token}` } });
const expired = (token) =>
  until(
    async () => {
      const response = await fetch(`${client}/auth/profile`, authorized(token));
      return { status: response.status, body: await response.json() };
    },
    ({ status }) => status !== 200,
  );

const user = await logIn({ id: "lingerer" });
const { accessToken, refreshToken } = user;
const refusal = await expired(accessToken);
const called = await outcomeOf(user.functions.add(1, 2));
const isRenewed = user.accessToken !== accessToken && user.refreshToken === refreshToken;

await fetch(`${client}/auth/session`, { method: "DELETE", ...authorized(refreshToken) });
await expired(user.accessToken);
const afterwards = await outcomeOf(user.functions.add(1, 2));
print({ refusal, called, isRenewed, afterwards, isLoggedIn: user.isLoggedIn });
