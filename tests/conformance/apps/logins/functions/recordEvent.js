/** Keeps an authentication event where its user may read it. */
exports = async function recordEvent({ operationType, providers, user, time }) {
  const events = context.services.get("mongodb-atlas").db("lobby").collection("events");
  await events.insertOne({
    operationType,
    providers,
    user_id: user.id,
    external_ids: user.identities.map(({ id }) => id),
    is_date: time instanceof Date,
    by_system: context.runningAsSystem(),
  });
};
