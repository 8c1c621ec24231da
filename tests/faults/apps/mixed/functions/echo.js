/** Writes where it listens, and so would never end. */
exports = async function echo() {
  await context.services.get("mongodb-atlas").db("shop").collection("echoes").insertOne({});
};
