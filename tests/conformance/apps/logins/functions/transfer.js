/** Moves an amount between two accounts in a transaction, in one of several ways to end it. */
exports = async function transfer(prefix, ending) {
  const mongodb = context.services.get("mongodb-atlas");
  const accounts = mongodb.db("bank").collection("accounts");
  const [from, to] = [`${prefix}-a`, `${prefix}-b`];
  await accounts.insertMany([{ _id: from, n: 10 }, { _id: to, n: 0 }]);
  const session = mongodb.startSession();
  let attempts = 0;
  const move = async () => {
    attempts++;
    await accounts.updateOne({ _id: from }, { $inc: { n: -4 } }, { session });
    if (ending === "throws") throw new Error("no transfer today");
    if (ending === "conflicts" && attempts === 1) await accounts.updateOne({ _id: from }, { $inc: { n: 100 } });
    await accounts.updateOne({ _id: to }, { $inc: { n: 4 } }, { session });
    if (ending === "aborts") await session.abortTransaction();
  };
  let failure = null;
  try {
    if (ending === "forgets") {
      session.startTransaction();
      await move();
    } else {
      await session.withTransaction(move);
    }
  } catch (error) {
    failure = error.message;
  }
  const outside = await accounts.find({ _id: { $in: [from, to] } }).sort({ _id: 1 }).toArray();
  return { balances: outside.map(({ n }) => n), attempts, failure };
};
