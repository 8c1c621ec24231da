/** The documents of a collection, in the order in which they were written. */
exports = (collection) => context.services.get("mongodb-atlas").db("shop").collection(collection).find().toArray();
