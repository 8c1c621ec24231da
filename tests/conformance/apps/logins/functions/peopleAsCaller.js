/** Reads a collection without rules, which the caller may not. */
exports = function peopleAsCaller() {
  return context.services.get("mongodb-atlas").db("lobby").collection("people").count({});
};
