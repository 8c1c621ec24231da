/** Writes the caller's custom data. */
exports = async function setCustomData(fields) {
  const people = context.services.get("mongodb-atlas").db("lobby").collection("people");
  await people.updateOne({ user_id: context.user.id }, { $set: fields });
};
