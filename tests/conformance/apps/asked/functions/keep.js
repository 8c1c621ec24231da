/** Keeps what a function was given for an address. */
exports = async function keep(username, given) {
  const kept = context.services.get("mongodb-atlas").db("asked").collection("given");
  await kept.updateOne({ _id: username }, { $set: given }, { upsert: true });
};
