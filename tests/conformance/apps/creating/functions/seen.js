exports = async (name) => {
  const database = context.services.get("mongodb-atlas").db("d");
  const counter = await database.collection("counters").findOne({ _id: "people" });
  return {
    people: (await database.collection("people").find({ name }).toArray()).map(({ _id, sees, again }) => ({ _id, sees, again })),
    counted: (counter?.names ?? []).filter((found) => found === name).length,
    notes: (await database.collection("notes").find({ name }).toArray()).length,
    total: counter?.n ?? 0,
    all: (counter?.names ?? []).length,
  };
};
