/** Puts documents into the staff, in their order; `asObjectId` ones name the caller by an ObjectId. */
exports = async function employ(documents) {
  const staff = context.services.get("mongodb-atlas").db("press").collection("staff");
  await staff.deleteMany({ user: context.user.id });
  for (const { asObjectId, ...fields } of documents) {
    const user_id = asObjectId ? new BSON.ObjectId(context.user.id) : context.user.id;
    await staff.insertOne({ user: context.user.id, user_id, ...fields });
  }
};
