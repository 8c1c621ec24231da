// An effect outside, which is only to happen once the user exists.
exports = async (name, userId) => {
  const notes = context.services.get("mongodb-atlas").db("d").collection("notes");
  const event = context.event;
  await notes.updateOne({ _id: event.id }, { $set: { name, userId, isSystem: context.runningAsSystem() } }, { upsert: true });
};
