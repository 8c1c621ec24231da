/** Gives a new user a document of custom data; it is in the user's first access token already. */
exports = async function onUserCreation(user) {
  const users = context.services.get("mongodb-atlas").db("quickstart").collection("users");
  await users.insertOne({
    user_id: user.id,
    external_id: user.identities[0].id,
    created_at: new Date(),
  });
};
