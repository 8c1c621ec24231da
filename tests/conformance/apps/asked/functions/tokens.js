/** What was kept for an address. */
exports = async function tokens(username) {
  return context.services.get("mongodb-atlas").db("asked").collection("given").findOne({ _id: username });
};
