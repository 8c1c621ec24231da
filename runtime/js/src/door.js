// The door for host calls: they are put into a list now and answered by a later `enter`.
import { hostError } from "./ask.js";
import { console } from "./console.js";
import { isBuilding, noteChance } from "./loading.js";
import { decode } from "./decode.js";
import { TooLong, encode } from "./encode.js";
import { lengths } from "./limits.js";
import { OwnError, OwnPromise, quote } from "./primordials.js";
import { RESULT } from "./styles.js";

let outgoing = [];
let waiting = { __proto__: null };
let nextId = 1;

/** By operation: what answers here, in the place of the host. */
const interceptors = { __proto__: null };

/** Has an operation answered by `answer`, which takes its argument and gives a promise. */
export function intercept(operation, answer) {
  interceptors[operation] = answer;
}

function textOf(operation, argument, style) {
  try {
    return encode(argument, style, lengths.hostCall);
  } catch (error) {
    if (!(error instanceof TooLong)) throw error;
    const refusal = `the arguments of ${operation} exceed the limit`;
    console.error(refusal); // the function need not wait for the promise that says so
    throw new OwnError(refusal);
  }
}

/**
 * Puts a request into the list the host takes when the job queue is empty; resolves with its answer. While an image is
 * made there is nobody to ask: what asks then is evaluated again at the call.
 */
export function hostCall(operation, argument, style = RESULT) {
  if (isBuilding()) {
    noteChance();
    return new OwnPromise(() => {});
  }
  if (interceptors[operation] !== undefined) return interceptors[operation](argument);
  return askOutside(operation, argument, style);
}

/** Asks the host itself. */
export function askOutside(operation, argument, style = RESULT) {
  return new OwnPromise((resolve, reject) => {
    const text = textOf(operation, argument, style);
    const id = nextId++;
    waiting[id] = { resolve, reject };
    outgoing[outgoing.length] = `{"id":${id},"operation":${quote(operation)},"arguments":${text}}`;
  });
}

/** Settles the promises of the answered calls; an answer to a call nobody waits for is ignored. */
export function receive(answers) {
  for (let i = 0; i < answers.length; i++) {
    const { id, value, error } = answers[i];
    const call = waiting[id];
    if (call === undefined) continue;
    delete waiting[id];
    if (error) call.reject(hostError(error));
    else call.resolve(decode(value));
  }
}

/** Hands over the requests made since the last time, as JSON texts. */
export function takeCalls() {
  const calls = outgoing;
  outgoing = [];
  return calls;
}
