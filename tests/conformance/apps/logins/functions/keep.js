/** Stores its argument in a document and reads it back. */
exports = async function keep(value) {
  const kept = context.services.get("mongodb-atlas").db("lobby").collection("kept");
  const { insertedId } = await kept.insertOne({ value });
  const { value: found } = await kept.findOne({ _id: insertedId });
  return { found, polluted: {}.polluted === undefined ? "no" : "yes" };
};
