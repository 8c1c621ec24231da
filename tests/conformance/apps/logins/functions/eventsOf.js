/** The kinds of events kept of a user, in alphabetical order. */
exports = async function eventsOf(userId) {
  const events = context.services.get("mongodb-atlas").db("lobby").collection("events");
  const kept = await events.find({ user_id: userId }).toArray();
  return kept.map(({ operationType }) => operationType).sort();
};
