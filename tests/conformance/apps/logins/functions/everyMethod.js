/** Uses every method of collections, cursors and bulk operations once, in a collection of its own (contract 5.1-5.4). */
exports = async function everyMethod(name) {
  const mongodb = context.services.get("mongodb-atlas");
  const database = mongodb.db("methods");
  const things = database.collection(name);
  const results = {};

  const one = await things.insertOne({ n: 1, at: new Date(5), none: null, list: [1, "b"], wide: BSON.Long.fromString("9007199254740993") });
  results.insertOne = one.insertedId instanceof BSON.ObjectId;
  results.insertMany = (await things.insertMany([{ _id: 2, n: 2 }, { _id: 3, n: 3 }, { _id: 4, n: 4 }])).insertedIds;
  const first = await things.findOne({ n: 1 });
  results.types = [
    first._id.toString() === one.insertedId.toString(), first.at instanceof Date, first.none, Array.isArray(first.list),
    first.wide.toString(), typeof first.n,
  ];
  results.chained = await things.find({}, { _id: 0, n: 1 }).sort({ n: -1 }).skip(1).limit(2).toArray();
  const cursor = things.find({ n: { $gte: 3 } }).sort({ n: 1 });
  results.next = [(await cursor.next()).n, (await cursor.next()).n, typeof (await cursor.next())];
  results.findOneNothing = await things.findOne({ n: 99 });
  results.updateOne = await things.updateOne({ _id: 2 }, { $set: { m: 1 } });
  results.updateMany = await things.updateMany({ _id: { $in: [3, 4] } }, { $set: { m: 2 } });
  results.upserted = (await things.updateOne({ _id: 5 }, { $set: { n: 5 } }, { upsert: true })).upsertedId;
  results.replaceOne = await things.replaceOne({ _id: 5 }, { n: 50 });
  results.old = (await things.findOneAndUpdate({ _id: 5 }, { $inc: { n: 1 } })).n;
  results.new = (await things.findOneAndUpdate({ _id: 5 }, { $inc: { n: 1 } }, { returnNewDocument: true })).n;
  results.replaced = await things.findOneAndReplace({ _id: 5 }, { n: 60 }, { returnNewDocument: true });
  results.deleted = await things.findOneAndDelete({ _id: 5 }, { projection: { n: 1 } });
  const pipeline = [{ $match: { n: { $gt: 1 } } }, { $group: { _id: "$m", sum: { $sum: "$n" } } }, { $sort: { _id: 1 } }];
  results.aggregate = await things.aggregate(pipeline).toArray();
  results.aggregateNext = await things.aggregate(pipeline).next();
  results.count = [await things.count(), await things.count({ n: { $gt: 2 } })];
  results.distinct = await things.distinct("m");
  results.bulkWrite = await things.bulkWrite([
    { insertOne: { document: { _id: 6, n: 6 } } },
    { insertOne: { _id: 7, n: 7 } },
    { updateOne: { filter: { _id: 6 }, update: { $inc: { n: 10 } } } },
    { updateMany: { filter: { n: { $gt: 0 } }, update: { $set: { bulk: true } } } },
    { replaceOne: { filter: { _id: 8 }, replacement: { n: 8 }, upsert: true } },
    { deleteOne: { filter: { _id: 7 } } },
    { deleteMany: { filter: { _id: 99 } } },
  ]);
  const bulk = things.initializeOrderedBulkOp();
  bulk.insert({ _id: 9, n: 9 });
  bulk.find({ _id: 9 }).updateOne({ $set: { n: 90 } });
  bulk.find({ _id: 8 }).remove();
  await bulk.execute();
  results.after = await things.find({ _id: { $gte: 6 } }, { bulk: 0 }).sort({ _id: 1 }).toArray();
  results.deleteOne = await things.deleteOne({ _id: 9 });
  results.deleteMany = await things.deleteMany({ n: { $gte: 3 } });
  results.documents = await database.aggregate([{ $documents: [{ x: 1 }] }]).toArray();
  results.names = (await database.getCollectionNames()).includes(name);
  results.databases = (await mongodb.admin().getDBNames()).includes("methods");
  results.absent = ["countDocuments", "watch", "createIndex", "drop"].map((method) => typeof things[method]);
  results.nested = { cursor: things.find({}, { _id: 0, n: 1 }).sort({ n: 1 }), inner: [things.count(), { deep: things.distinct("n") }] };
  return results;
};
