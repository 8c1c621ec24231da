exports = async function (name) {
  const people = context.services.get("mongodb-atlas").db("lobby").collection("people");
  await people.insertOne({ name });
  return await people.count({ name });
};
