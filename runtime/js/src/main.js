// The bundle's entry: builds the world an author's function finds, and the door the engine enters it by.
import "./globals.js";
import { takeLines } from "./console.js";
import { core } from "./core.js";
import { contextOf } from "./context.js";
import { decodeArguments } from "./decode.js";
import { receive, takeCalls } from "./door.js";
import { callEndpoint } from "./endpoint.js";
import { TooLong, encodeResult } from "./encode.js";
import { describeThrown } from "./errors.js";
import { callFunction, define } from "./functions.js";
import { lengths } from "./limits.js";
import { addModule, finish, prepare, provideModule } from "./modules.js";
import { OwnTypeError, defineGlobal, join, parseJson, quote } from "./primordials.js";
import { reseed } from "./random.js";
import { testDoor } from "./test-door.js";

/** JSON text of how the call ended; null until it has. */
let done = null;

/** Member by member, since an author may have taught every object another `toJSON`. */
function errorText(error) {
  const member = (name) => `${quote(name)}:${quote(error[name])}`;
  return `{${member("name")},${member("message")},${member("stack")},${member("text")}}`;
}

/** Waits for what a call gives and leaves the text of it; nothing the function throws gets past here. */
async function run(call, text, name, args) {
  try {
    const written = text(await call(name, args));
    done = `{"value":${typeof written === "string" ? written : await written}}`;
  } catch (thrown) {
    done = thrown instanceof TooLong ? '{"tooLong":true}' : `{"error":${errorText(describeThrown(thrown))}}`;
  }
}

/** An entrance at which a call begins; `text` makes Extended JSON, or a promise of it, of what `call` gives. */
function begins(call, text) {
  return (message) => {
    if (message.lengths) ({ result: lengths.result, hostCall: lengths.hostCall } = message.lengths);
    reseed(message.seed);
    defineGlobal("context", contextOf(message.context));
    run(call, text, message.function, decodeArguments(message.arguments));
  };
}

const entrances = {
  __proto__: null,
  call: begins(callFunction, encodeResult),
  endpoint: begins((name, [request]) => callEndpoint(name, request), (written) => written),
  answers: (message) => receive(message.answers),
};

/** Takes one message of the host. What it starts goes on when the engine drains the job queue. */
function enter(text) {
  const message = parseJson(text);
  const entrance = entrances[message.type];
  if (entrance === undefined) throw new OwnTypeError(`Unknown message '${message.type}'`);
  entrance(message);
}

const list = (texts) => (texts.length === 0 ? "[]" : `[${join(texts, ",")}]`);

/** Gives the host all that has come up since the last time. */
function collect() {
  return `{"calls":${list(takeCalls())},"done":${done},"logs":${list(takeLines())}}`;
}

provideModule("vestibule:core", core);
provideModule("vestibule:tests", testDoor);
defineGlobal("__vestibule", { enter, collect, define, addModule, prepare, finish });
