// Eight first logins of one external id at once.
import { logIn, print } from "./realm.mjs";

const users = await Promise.all(Array.from({ length: 8 }, () => logIn({ id: "crowd" })));
print({ ids: users.map(({ id }) => id), seen: await users[0].functions.peopleAsSystem("crowd") });
