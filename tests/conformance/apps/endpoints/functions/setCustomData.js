exports = (text) =>
  context.services
    .get("mongodb-atlas")
    .db("shop")
    .collection("people")
    .updateOne({ user_id: context.user.id }, { $set: { text } }, { upsert: true });
