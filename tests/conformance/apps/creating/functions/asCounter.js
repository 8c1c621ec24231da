// One document that every creation changes.
exports = (name) =>
  context.services
    .get("mongodb-atlas")
    .db("d")
    .collection("counters")
    .updateOne({ _id: "people" }, { $inc: { n: 1 }, $push: { names: name } }, { upsert: true });
