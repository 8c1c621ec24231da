// Anonymous users: the second login of a client is the first user again, unless it insists.
import { Credentials, describe, newApp, print } from "./realm.mjs";

const app = newApp();
const first = await app.logIn(Credentials.anonymous());
const again = await app.logIn(Credentials.anonymous());
const other = await app.logIn(Credentials.anonymous(false));
print({ first: describe(first), again: again.id, other: other.id });
