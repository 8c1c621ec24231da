/** Begins a chain of events. */
exports = async function shout() {
  await context.services.get("mongodb-atlas").db("shop").collection("echoes").insertOne({});
};
