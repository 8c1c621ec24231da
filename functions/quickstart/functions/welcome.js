/** Welcomes a new user, once: an event may be delivered again after a crash. */
exports = async function welcome({ user, time }) {
  const welcomes = context.services.get("mongodb-atlas").db("quickstart").collection("welcomes");
  const document = {
    user_id: user.id,
    name: user.data.name ?? "guest",
    text: context.values.get("welcomeText"),
    created_at: time,
  };
  await welcomes.updateOne({ _id: user.id }, { $setOnInsert: document }, { upsert: true });
};
