// The global `console`: lines are collected here and leave with what the call leaves.
import { encode } from "./encode.js";
import { textOfError } from "./errors.js";
import { MAX_LOG_CHARACTERS, MAX_LOG_LINES } from "./limits.js";
import { OwnError, cut, join, quote } from "./primordials.js";
import { RESULT } from "./styles.js";

/** Characters of a value that is not worth writing for the few that are kept of it. */
const LONGEST_VALUE = 16 * MAX_LOG_CHARACTERS;

let lines = [];
let lineCount = 0;
let room = MAX_LOG_CHARACTERS;

function textOf(value) {
  if (typeof value === "string") return cut(value, MAX_LOG_CHARACTERS);
  if (typeof value === "function") return `[Function: ${value.name}]`;
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return value instanceof OwnError ? textOfError(value) : encode(value, RESULT, LONGEST_VALUE);
  } catch (error) {
    return `[${error.message}]`;
  }
}

/** Keeps a line while there is room; the line that exceeds it is cut and is the last. */
function write(level, values) {
  if (lineCount >= MAX_LOG_LINES || room <= 0) return;
  const texts = [];
  for (let i = 0; i < values.length; i++) texts[i] = textOf(values[i]);
  const text = cut(join(texts, " "), room);
  room -= text.length;
  lines[lines.length] = `[${quote(level)},${quote(text)}]`;
  lineCount++;
}

/** Hands over the lines written since the last time, as JSON texts. */
export function takeLines() {
  const taken = lines;
  lines = [];
  return taken;
}

/** As `takeLines`, and as if nothing had been written yet: what an image's modules say is no call's log. */
export function startAfresh() {
  lineCount = 0;
  room = MAX_LOG_CHARACTERS;
  return takeLines();
}

const writer =
  (level) =>
  (...values) =>
    write(level, values);

/** The global `console`. */
export const console = {
  log: writer("log"),
  info: writer("info"),
  debug: writer("debug"),
  warn: writer("warn"),
  error: writer("error"),
  dir: (value) => write("log", [value]),
  table: (value) => write("log", [value]),
  trace: writer("debug"),
  assert: (condition, ...values) => {
    if (!condition) write("error", ["Assertion failed", ...values]);
  },
};
