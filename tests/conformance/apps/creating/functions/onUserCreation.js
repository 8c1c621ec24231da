// Writes in as many ways as there are, then ends as the user's name says.
exports = async function (user) {
  const name = user.identities[0].id;
  const source = context.services.get("mongodb-atlas");
  const people = source.db("d").collection("people");
  await people.insertOne({ _id: `${name} once`, user_id: user.id, name });
  await people.insertOne({ _id: `${name} once` }).catch(() => people.updateOne({ name }, { $set: { again: true } }));
  await context.functions.execute("asCounter", name);
  const session = await source.startSession();
  try {
    await session.withTransaction(async () => {
      await people.insertOne({ _id: `${name} in session`, name, sees: await people.count({ name }, { session }) }, { session });
      if (name.startsWith("aborts")) throw new Error("taken back");
    });
  } catch (error) {
    if (error.message !== "taken back") throw error;
  }
  context.after("note", name, user.id);
  if (name.startsWith("hangs")) await new Promise((resolve) => setTimeout(resolve, 60_000));
  if (name.startsWith("throws")) throw new Error("not wanted");
  people.insertOne({ _id: `${name} not awaited`, name });
};
