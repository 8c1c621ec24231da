// While one login loops, others come and go.
import { logIn, outcomeOf, print } from "./realm.mjs";

const ended = [];
const looping = outcomeOf(logIn({ does: "misbehaves", how: "loops" })).finally(() => ended.push("loop"));
for (const id of ["one", "two", "three", "four", "five"]) {
  await logIn({ id: `meanwhile-${id}` });
  ended.push(id);
}
print({ outcome: await looping, ended });
