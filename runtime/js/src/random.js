// `Math.random`, which the engine seeds once for a whole image, from the seed of each call.
import { ObjectId } from "bson";
import { noteChance } from "./loading.js";
import { defineProperty, sliceText } from "./primordials.js";

const WARM_UP_ROUNDS = 12;

/** State of sfc32. It is the same in every image, and replaced before the first number of each call. */
let a = 0;
let b = 0;
let c = 0;
let counter = 1;

/** The seed of this call until its first number is wanted: most calls want none. */
let unused = "";

const readHex = parseInt;
const word = (seed, start, end) => readHex(sliceText(seed, start, end), 16) | 0;

function start(seed) {
  unused = "";
  a = word(seed, 0, 8);
  b = word(seed, 8, 16);
  c = word(seed, 16, 24);
  counter = word(seed, 24, 32);
  for (let i = 0; i < WARM_UP_ROUNDS; i++) nextWord();
}

/** The next 32 bits of sfc32. */
function nextWord() {
  if (unused !== "") start(unused);
  const next = (a + b + counter) | 0;
  counter = (counter + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = ((c << 21) | (c >>> 11)) + next;
  c |= 0;
  return next >>> 0;
}

/** 53 random bits as a number from 0 up to 1. */
function random() {
  noteChance();
  return ((nextWord() >>> 5) * 67108864 + (nextWord() >>> 6)) / 9007199254740992;
}

/**
 * Begins a call: no number of an earlier call or of the image comes again. The seed is 38 hexadecimal digits, the last 6
 * of them for the counter of ids, which is no secret.
 */
export function reseed(seed) {
  unused = seed;
  ObjectId.PROCESS_UNIQUE = null;
  ObjectId.index = word(seed, 32, 38);
}

defineProperty(Math, "random", { value: random, writable: true, configurable: true });
