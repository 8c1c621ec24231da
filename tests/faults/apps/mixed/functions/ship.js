/** Notes which order it was called for, in which place. */
exports = async function ship(event) {
  const shipped = context.services.get("mongodb-atlas").db("shop").collection("shipped");
  await shipped.insertOne({ order: event.documentKey._id, event: context.event.id, attempt: context.event.attempt });
};
