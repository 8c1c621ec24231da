exports = async function () {
  const letters = context.services.get("mongodb-atlas").db("post").collection("letters");
  const email = ["grace", "example.net"].join("@");
  await letters.insertOne({ to: { email } });
  throw new Error(`${email} has no letters for ${context.values.get("key")}`);
};
