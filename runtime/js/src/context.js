// The global `context` of a call.
import { decode } from "./decode.js";
import { hostCall } from "./door.js";
import { callFunction } from "./functions.js";
import { HttpClient } from "./http.js";
import { MongoClient } from "./mongodb.js";
import { OwnError, hasOwn } from "./primordials.js";

const clients = {
  __proto__: null,
  "mongodb-atlas": (name) => new MongoClient(name),
  mongodb: (name) => new MongoClient(name),
  datalake: (name) => new MongoClient(name),
  http: (name) => new HttpClient(name),
};

/** The client of a service; undefined where there is none of that type. */
export const makeService = (type, name) => clients[type]?.(name);

function values(given) {
  return { get: (name) => (hasOwn(given, name) ? given[name] : undefined) };
}

function services(given) {
  return { get: (name) => (hasOwn(given, name) ? makeService(given[name], name) : undefined) };
}

/** A local callee runs here and now, so that functions may be handed to it; any other is the host's to run. */
function functions(given) {
  const execute = (name, ...args) => {
    if (!hasOwn(given, name)) throw new OwnError(`function not found: '${name}'`);
    if (given[name] === "local") return callFunction(name, args);
    return hostCall("functions.execute", { name, arguments: args });
  };
  return { execute };
}

/** Builds `context` from the host's message; what cannot be seen in JSON (values, clients) stays behind functions. */
export function makeContext(message) {
  return {
    after: (name, ...args) => hostCall("after", { name: `${name}`, arguments: args }),
    app: message.app ?? {},
    environment: message.environment ?? { tag: "", values: {} },
    event: message.event ?? undefined,
    functions: functions(message.functions ?? {}),
    http: new HttpClient(undefined),
    request: message.request ?? {},
    runningAsSystem: () => message.runningAsSystem === true,
    services: services(message.services ?? {}),
    user: decode(message.user ?? {}),
    values: values(message.values ?? {}),
  };
}
