exports = (name) => context.services.get("mongodb-atlas").db("d").collection("notes").insertOne({ name });
