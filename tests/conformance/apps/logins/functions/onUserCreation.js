/** Counts its runs, then gives the user custom data; an external id that begins with "refused" gets no account. */
exports = async function onUserCreation(user) {
  const lobby = context.services.get("mongodb-atlas").db("lobby");
  const external_id = user.identities[0].id;
  await lobby.collection("creations").insertOne({ external_id });
  if (external_id.startsWith("refused")) {
    throw new Error("no room for " + external_id);
  }
  await lobby.collection("people").insertOne({
    user_id: user.id,
    external_id,
    visits: 3,
    born: new Date(0),
  });
};
