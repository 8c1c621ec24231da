// The door for questions the host answers before anything else happens.
import { noteChance } from "./loading.js";
import { OwnError, OwnTypeError, defineProperty, parseJson, stringifyJson } from "./primordials.js";

const hostSync = globalThis.__host_sync;
delete globalThis.__host_sync;

/** Makes the error an author sees from what the host answered. */
export function hostError({ name = "Error", message = "", code }) {
  const error = name === "TypeError" ? new OwnTypeError(message) : new OwnError(message);
  if (error.name !== name) {
    defineProperty(error, "name", { value: name, writable: true, enumerable: false, configurable: true });
  }
  if (code !== undefined && code !== null) error.code = code;
  return error;
}

/** What has the same answer whenever it is asked. */
const settled = { __proto__: null, "crypto.hash": true, "crypto.hmac": true };

/** Asks the host something it answers before anything else happens; plain JSON both ways. */
export function askHost(operation, argument) {
  if (hostSync === undefined) throw new OwnError(`'${operation}' is not available here`);
  if (!settled[operation]) noteChance();
  const reply = parseJson(hostSync(operation, stringifyJson(argument)));
  if (reply.error) throw hostError(reply.error);
  return reply.value;
}
