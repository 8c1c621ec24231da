/** Returns a cursor of its own, undrained (contract 5.3). */
exports = function returnsCursor() {
  return context.services.get("mongodb-atlas").db("methods").aggregate([{ $documents: [{ n: 2 }, { n: 1 }] }, { $sort: { n: 1 } }]);
};
