/** Ends as the payload's `does` says; without one it logs in by the payload's `id`. */
exports = async function logIn(payload) {
  const end = Object.hasOwn(ENDS, payload.does) ? ENDS[payload.does] : byText;
  return end(payload);
};

function byText({ id }) {
  return id;
}

const ENDS = {
  object: ({ id }) => ({ id }),
  named: ({ id, name }) => ({ id, name }),
  echoed: (payload) => EJSON.stringify(payload, { relaxed: false }),
  number: () => 0,
  null: () => null,
  returnsNothing: () => undefined,
  boolean: () => true,
  empty: () => "",
  array: ({ id }) => [id],
  withoutId: () => ({ status: "error" }),
  numberId: () => ({ id: 7 }),
  objectId: () => new BSON.ObjectId(),
  throws: () => {
    throw new Error("no such person");
  },
  throwsText: () => {
    throw "just text";
  },
  throwsObject: () => {
    throw { reason: "an object" };
  },
  throwsNothing: () => {
    throw undefined;
  },
  rejects: () => Promise.reject(new TypeError("rejected at the door")),
  unknownName: () => unknown,
  misbehaves: ({ how }) => context.functions.execute("misbehave", how),
};
