// The bundle's entry: builds the world an author's function finds, and the door the engine enters it by.
import "./globals.js";
import { takeLines } from "./console.js";
import { core } from "./core.js";
import { makeContext } from "./context.js";
import { decodeArguments } from "./decode.js";
import { receive, takeCalls } from "./door.js";
import { callEndpoint } from "./endpoint.js";
import { TooLong, encodeSettled } from "./encode.js";
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

/** Waits for the text of a call's value; nothing the function throws gets past here. */
async function run(call, name, args) {
  try {
    done = `{"value":${await call(name, args)}}`;
  } catch (thrown) {
    done = thrown instanceof TooLong ? '{"tooLong":true}' : `{"error":${errorText(describeThrown(thrown))}}`;
  }
}

/** An entrance at which a call begins, led to its end by `call`. */
function begins(call) {
  return (message) => {
    if (message.lengths) ({ result: lengths.result, hostCall: lengths.hostCall } = message.lengths);
    reseed(message.seed);
    defineGlobal("context", makeContext(message.context));
    run(call, message.function, decodeArguments(message.arguments));
  };
}

const entrances = {
  __proto__: null,
  // A promise returned from an async function would be led on by a `then` that an author may have replaced.
  call: begins(async (name, args) => await encodeSettled(await callFunction(name, args))),
  endpoint: begins((name, [request]) => callEndpoint(name, request)),
  answers: (message) => receive(message.answers),
};

/** Takes one message of the host. What it starts goes on when the engine drains the job queue. */
function enter(text) {
  const message = parseJson(text);
  const entrance = entrances[message.type];
  if (entrance === undefined) throw new OwnTypeError(`Unknown message '${message.type}'`);
  entrance(message);
}

/** Gives the host all that has come up since the last time. */
function collect() {
  return `{"calls":[${join(takeCalls(), ",")}],"done":${done},"logs":[${join(takeLines(), ",")}]}`;
}

provideModule("vestibule:core", core);
provideModule("vestibule:tests", testDoor);
defineGlobal("__vestibule", { enter, collect, define, addModule, prepare, finish });
