/** Writes one order, and asks for a note of it. */
exports = async function order(number) {
  await context.services.get("mongodb-atlas").db("shop").collection("orders").insertOne({ _id: number });
  context.after("note", number);
  return number;
};
