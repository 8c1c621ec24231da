/** Notes an order, after the call that wrote it. */
exports = async function note(number) {
  await context.services.get("mongodb-atlas").db("shop").collection("noted").insertOne({ order: number });
};
