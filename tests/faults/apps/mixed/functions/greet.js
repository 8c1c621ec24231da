/** Notes who logged in. */
exports = async function greet({ user }) {
  await context.services.get("mongodb-atlas").db("shop").collection("greeted").insertOne({ user: user.id });
};
