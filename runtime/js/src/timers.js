// Timers: each wait is a host call, so that a sleeping function occupies nobody.
import { console } from "./console.js";
import { hostCall } from "./door.js";
import { OwnTypeError } from "./primordials.js";

const LONGEST = 2 ** 31 - 1;

const running = { __proto__: null };
let nextId = 1;

/** What Node gives back for a timer: an object that also is a number. */
class Timeout {
  #id;

  constructor(id) {
    this.#id = id;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }

  hasRef() {
    return true;
  }

  [Symbol.toPrimitive]() {
    return this.#id;
  }
}

function millisecondsOf(delay) {
  const milliseconds = Math.trunc(+delay);
  return milliseconds >= 0 && milliseconds <= LONGEST ? milliseconds : 0;
}

function expectFunction(callback) {
  if (typeof callback !== "function") throw new OwnTypeError("The callback of a timer must be a function");
}

/** Nobody waits for what a timer's callback does; what it throws is logged. */
async function fire(callback, args) {
  try {
    await callback(...args);
  } catch (error) {
    console.error("Uncaught in a timer:", error);
  }
}

/** A timer that was cleared meanwhile is answered in vain. */
async function wait(id, milliseconds, callback, args) {
  await hostCall("timer", { milliseconds });
  if (!running[id]) return;
  delete running[id];
  fire(callback, args);
}

async function repeat(id, milliseconds, callback, args) {
  for (;;) {
    await hostCall("timer", { milliseconds });
    if (!running[id]) return;
    fire(callback, args);
  }
}

function start(kind, callback, delay, args) {
  expectFunction(callback);
  const id = nextId++;
  running[id] = true;
  kind(id, millisecondsOf(delay), callback, args);
  return new Timeout(id);
}

const setTimeout = (callback, delay, ...args) => start(wait, callback, delay, args);
/** What `util.promisify(setTimeout)` gives: a pause that ends with a value. */
setTimeout[Symbol.for("nodejs.util.promisify.custom")] = async (delay, value) => {
  await hostCall("timer", { milliseconds: millisecondsOf(delay) });
  return value;
};

const setImmediate = (callback, ...args) => start(wait, callback, 0, args);
/** A pause of nothing would never let the function end in time. */
const setInterval = (callback, delay, ...args) => start(repeat, callback, Math.max(millisecondsOf(delay), 1), args);
const clear = (timer) => {
  if (timer !== undefined && timer !== null) delete running[+timer];
};

/** The global timer functions, and the module `timers`. */
export const timers = {
  setTimeout,
  setInterval,
  setImmediate,
  clearTimeout: clear,
  clearInterval: clear,
  clearImmediate: clear,
};
