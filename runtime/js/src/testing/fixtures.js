// The `context` of tests: users, values, services and functions as the test sets them, the rest as the app has it.
import { HttpClient, callFunction, defineGlobal, hostCall, makeService } from "vestibule:tests";
import { mock } from "./expecting.js";

const NOBODY = { type: "normal", data: {}, custom_data: {}, identities: [] };
const SYSTEM = { caller: 0, runningAsSystem: true, user: { type: "system", data: {}, custom_data: {}, identities: [] } };

/** What a test has replaced, by name, before what the app has. */
function replaceable(known) {
  const own = new Map();
  return {
    set: (name, value) => own.set(`${name}`, value),
    find: (name) => (own.has(name) ? own.get(name) : known(name)),
    has: (name) => own.has(name),
  };
}

export class Fixtures {
  #app;
  #user;
  #values;
  #services;
  #functions;
  #shared;

  /** `app` describes the app: names and types of services, values, functions (`judged` ones have a `can_evaluate`). */
  constructor(app) {
    this.#app = app;
    this.#values = replaceable((name) => (Object.hasOwn(app.values, name) ? app.values[name] : undefined));
    this.#services = replaceable(() => undefined);
    this.#functions = replaceable(() => undefined);
    this.#shared = { after: mock(), app: app.app, environment: app.environment, event: undefined, request: app.request };
  }

  /** The context of the test itself: as system, and with ways to set what functions find. */
  testContext() {
    const fixtures = this;
    const context = this.#contextOf(SYSTEM, "");
    Object.assign(context.values, { set: this.#values.set });
    Object.assign(context.services, { set: this.#services.set });
    Object.assign(context.functions, { set: this.#functions.set });
    for (const name of Object.keys(this.#shared)) {
      Object.defineProperty(context, name, { get: () => this.#shared[name], set: (value) => (this.#shared[name] = value) });
    }
    return Object.defineProperty(context, "user", {
      get: () => fixtures.#user ?? SYSTEM.user,
      set: (user) => (fixtures.#user = user === undefined || user === null ? undefined : { ...NOBODY, ...user }),
    });
  }

  #contextOf(entered, name) {
    const { caller, runningAsSystem, user } = entered;
    return {
      ...this.#shared,
      functions: { execute: (callee, ...args) => this.#execute(caller, name, `${callee}`, args) },
      http: new HttpClient(name),
      runningAsSystem: () => runningAsSystem,
      services: { get: (service) => this.#service(`${service}`, caller, name) },
      user,
      values: { get: (value) => this.#values.find(`${value}`) },
    };
  }

  /** A data source under the name by which the host finds whose rules apply. */
  #service(service, caller, name) {
    if (this.#services.has(service)) return this.#services.find(service);
    if (!Object.hasOwn(this.#app.services, service)) return undefined;
    const type = this.#app.services[service];
    return makeService(type, type === "http" ? name : `${service}@${caller}`);
  }

  /** Enters a function as it is entered for a client: the host judges who may, and as whom it runs. */
  async #execute(caller, from, name, args) {
    if (this.#functions.has(name)) return await this.#functions.find(name)(...args);
    const asked = { name, caller, arguments: this.#app.functions[name] === "judged" ? args : [] };
    if (from === "" && this.#user !== undefined) asked.user = this.#user;
    const entered = await hostCall("test.enter", asked);
    return await within(this.#contextOf(entered, name), () => callFunction(name, args));
  }
}

/** Has the app's own modules, which know no other, find this context until the work is done. */
async function within(context, work) {
  const before = globalThis.context;
  defineGlobal("context", context);
  try {
    return await work();
  } finally {
    if (globalThis.context === context) defineGlobal("context", before);
  }
}
