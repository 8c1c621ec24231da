// Custom data is in the first token; a change of it arrives with the next refresh, and not before.
import { logIn, print } from "./realm.mjs";

const user = await logIn({ id: "custom-data" });
const first = user.customData;
await user.functions.setCustomData({ visits: 4, note: "changed" });
const unrefreshed = user.customData;
const refreshed = await user.refreshCustomData();
print({ id: user.id, first, unrefreshed, refreshed });
