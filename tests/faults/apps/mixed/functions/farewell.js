/** Notes who was deleted. */
exports = async function farewell({ user }) {
  await context.services.get("mongodb-atlas").db("shop").collection("gone").insertOne({ user: user.id });
};
