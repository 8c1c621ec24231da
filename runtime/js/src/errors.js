// What a thrown value becomes for the caller and for the author's log.
import { encode } from "./encode.js";
import { MAX_CODE_CHARACTERS, MAX_ERROR_CHARACTERS } from "./limits.js";
import { OwnError, cut, join, quote, stringifyJson } from "./primordials.js";
import { RELAXED } from "./styles.js";

const AUTHOR_FILE = /(?:^|\()functions\//;

/** The engine's wording, and what App Services' engine said for the same mistake. */
const engineWording = [
  [/^ReferenceError$/, /^(\S+) is not defined$/, "'$1' is not defined"],
  [/^TypeError$/, /^cannot (?:read|set) property '(.*)' of (undefined|null)$/s, "Cannot access member '$1' of $2"],
  [/^TypeError$/, /^not a function$/, "value is not a function"],
  [/^TypeError$/, /^(?:value is not iterable|not a constructor|class constructors must be invoked with 'new')$/, "$&"],
  [/^TypeError$/, /^(?:Cannot convert undefined or null to object|'.*' is read-only|object is not extensible)$/, "$&"],
  [/^TypeError$/, /^(?:invalid '(?:in|instanceof)' (?:right )?operand|cannot convert .* to \w+)$/, "$&"],
  [/^ReferenceError$/, /^\S+ is not initialized$/, "$&"],
  [/^RangeError$/, /^(?:Maximum call stack size exceeded|invalid array length)$/, "$&"],
  [/^InternalError$/, /^.*$/s, "$&"],
  [/^SyntaxError$/, /^.*$/s, "$&"],
];

/** The text of an error the engine threw by itself; undefined for an error that an author made. */
function engineText(name, message) {
  for (const [names, pattern, wording] of engineWording) {
    if (names.test(name) && pattern.test(message)) return `${name}: ${message.replace(pattern, wording)}`;
  }
  return undefined;
}

function readText(object, member) {
  try {
    const value = object[member];
    return value === undefined ? "" : cut(`${value}`, MAX_ERROR_CHARACTERS);
  } catch {
    return "";
  }
}

/** An error in one line for `console`, with the message as the engine put it. */
export function textOfError(error) {
  const name = readText(error, "name");
  const message = readText(error, "message");
  return message === "" ? name : `${name}: ${message}`;
}

/** The author's own frames only: this library is not theirs to debug. */
function authorStack(error) {
  const frames = readText(error, "stack").split("\n");
  const kept = frames.filter((frame) => AUTHOR_FILE.test(frame.replace(/^\s*at\s+/, "").replace(/^.* \(/, "(")));
  return join([textOfError(error), ...kept], "\n");
}

function authorText(name, message, code) {
  const end = code === undefined ? "" : `,"code":${stringifyJson(code)}`;
  return `{"message":${quote(message)},"name":${quote(name)}${end}}`;
}

function codeOf(error) {
  const { code } = error;
  if (typeof code === "string") return cut(code, MAX_CODE_CHARACTERS);
  return typeof code === "number" ? code : undefined;
}

function describeError(error) {
  const name = readText(error, "name");
  const message = readText(error, "message");
  const text = engineText(name, message) ?? authorText(name, message, codeOf(error));
  return { name, message, stack: authorStack(error), text };
}

function describeOther(thrown) {
  if (typeof thrown === "string") return cut(thrown, MAX_ERROR_CHARACTERS);
  if (typeof thrown !== "object" || thrown === null) return cut(String(thrown), MAX_ERROR_CHARACTERS);
  return encode(thrown, RELAXED, MAX_ERROR_CHARACTERS);
}

/** Describes whatever was thrown as `{name, message, stack, text}`; never throws itself. */
export function describeThrown(thrown) {
  try {
    if (thrown instanceof OwnError) return describeError(thrown);
    const text = describeOther(thrown);
    return { name: "", message: text, stack: "", text };
  } catch {
    const text = "A value was thrown that cannot be described";
    return { name: "", message: text, stack: "", text };
  }
}
