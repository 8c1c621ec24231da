/** Reads a collection without rules: people with an external id, and runs of the creation function for it. */
exports = async function peopleAsSystem(external_id) {
  const lobby = context.services.get("mongodb-atlas").db("lobby");
  return {
    people: await lobby.collection("people").count({ external_id }),
    creations: await lobby.collection("creations").count({ external_id }),
    user: context.user.id,
    isSystem: context.runningAsSystem(),
  };
};
