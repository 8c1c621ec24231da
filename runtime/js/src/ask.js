// The door for questions the host answers before anything else happens.
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

/** Asks the host something it answers before anything else happens; plain JSON both ways. */
export function askHost(operation, argument) {
  if (hostSync === undefined) throw new OwnError(`'${operation}' is not available here`);
  const reply = parseJson(hostSync(operation, stringifyJson(argument)));
  if (reply.error) throw hostError(reply.error);
  return reply.value;
}
