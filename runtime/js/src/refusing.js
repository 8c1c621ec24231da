// Node's modules that need a process, a file system or threads: packages may load them, but not use them.
import { OwnError } from "./primordials.js";

const names = [
  "child_process",
  "cluster",
  "dgram",
  "domain",
  "http2",
  "inspector",
  "module",
  "readline",
  "repl",
  "v8",
  "vm",
  "worker_threads",
];

/** Names by which others find out what kind of thing they hold. */
const unnamed = ["then", "default", "__esModule", "toJSON"];

/** A function, since packages make their own classes from such members; using it says what is missing. */
function refusal(module, member) {
  return function refuse() {
    const error = new OwnError(`${module}.${member} is not available: a function has no operating system around it`);
    error.code = "ERR_FEATURE_UNAVAILABLE_ON_PLATFORM";
    throw error;
  };
}

function refusingModule(module) {
  return new Proxy(
    {},
    {
      get(members, member) {
        if (typeof member === "symbol" || unnamed.includes(member)) return undefined;
        return (members[member] ??= refusal(module, member));
      },
    },
  );
}

/** By name. */
export const refusing = Object.fromEntries(names.map((name) => [name, refusingModule(name)]));
