/** Does one of the things that no function should do. */
exports = function misbehave(how) {
  return WAYS[how]();
};

const WAYS = {
  loops: () => {
    for (;;) {
      Math.sqrt(2);
    }
  },
  allocates: () => {
    const kept = [];
    for (;;) {
      kept.push(new Uint8Array(1 << 20).fill(1));
    }
  },
  recurses: () => {
    const descend = (depth) => descend(depth + 1) + 1;
    return descend(0);
  },
  neverSettles: () => new Promise(() => {}),
  returnsMuch: () => "x".repeat(100 * 1024 * 1024),
  throwsNumber: () => {
    throw 42;
  },
  throwsHostile: () => {
    throw {
      get message() {
        throw new Error("from the getter");
      },
      toString() {
        throw new Error("from toString");
      },
      toJSON() {
        throw new Error("from toJSON");
      },
    };
  },
};
