/** Fails at every first attempt of every third order. */
exports = async function charge(event) {
  if (Number(event.documentKey._id) % 3 === 0 && context.event.attempt === 1) throw new Error("try again");
  await context.services.get("mongodb-atlas").db("shop").collection("charged").insertOne({ order: event.documentKey._id });
};
