/** Writes one order. */
exports = async function order(number) {
  await context.services.get("mongodb-atlas").db("shop").collection("orders").insertOne({ _id: number });
  return number;
};
