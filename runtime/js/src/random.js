// `Math.random`, which the engine seeds once for a whole image, from the seed of each call.
import { ObjectId } from "bson";
import { noteChance } from "./loading.js";
import { defineProperty } from "./primordials.js";

const WARM_UP_ROUNDS = 12;

/** State of sfc32. It is the same in every image, and replaced at each call. */
let a = 0;
let b = 0;
let c = 0;
let counter = 1;

/** The next 32 bits of sfc32. */
function nextWord() {
  const word = (a + b + counter) | 0;
  counter = (counter + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = ((c << 21) | (c >>> 11)) + word;
  c |= 0;
  return word >>> 0;
}

/** 53 random bits as a number from 0 up to 1. */
function random() {
  noteChance();
  return ((nextWord() >>> 5) * 67108864 + (nextWord() >>> 6)) / 9007199254740992;
}

/** Begins a call: no number of an earlier call or of the image comes again. The seed is 32 hexadecimal digits. */
export function reseed(seed) {
  a = parseInt(seed.substring(0, 8), 16) | 0;
  b = parseInt(seed.substring(8, 16), 16) | 0;
  c = parseInt(seed.substring(16, 24), 16) | 0;
  counter = parseInt(seed.substring(24, 32), 16) | 0;
  for (let i = 0; i < WARM_UP_ROUNDS; i++) nextWord();
  ObjectId.PROCESS_UNIQUE = null;
  ObjectId.index = nextWord() & 0xffffff;
}

defineProperty(Math, "random", { value: random, writable: true, configurable: true });
