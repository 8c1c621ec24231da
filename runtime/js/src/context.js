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

const nothing = {};

/** What the host says of the call; what cannot be seen in JSON (values, clients) stays behind functions. */
let given = nothing;

const getValue = (name) => (hasOwn(given.values ?? nothing, name) ? given.values[name] : undefined);

const getService = (name) =>
  hasOwn(given.services ?? nothing, name) ? makeService(given.services[name], name) : undefined;

/** A local callee runs here and now, so that functions may be handed to it; any other is the host's to run. */
const execute = (name, ...args) => {
  if (!hasOwn(given.functions ?? nothing, name)) throw new OwnError(`function not found: '${name}'`);
  if (given.functions[name] === "local") return callFunction(name, args);
  return hostCall("functions.execute", { name, arguments: args });
};

/** It is in the image with all that is the same for every call; no code of an author's sees it before the call. */
const context = {
  after: (name, ...args) => hostCall("after", { name: `${name}`, arguments: args }),
  app: undefined,
  environment: undefined,
  event: undefined,
  functions: { execute },
  http: new HttpClient(undefined),
  request: undefined,
  runningAsSystem: () => given.runningAsSystem === true,
  services: { get: getService },
  user: undefined,
  values: { get: getValue },
};

/** `context`, filled in from the host's message. */
export function contextOf(message) {
  given = message;
  context.app = message.app ?? {};
  context.environment = message.environment ?? { tag: "", values: {} };
  context.event = message.event ?? undefined;
  context.request = message.request ?? {};
  context.user = decode(message.user ?? {});
  return context;
}
