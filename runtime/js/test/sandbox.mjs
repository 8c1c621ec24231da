// The engine's side of the door, played by Node: what the tests run functions in.
import { readFile } from "node:fs/promises";
import { QuickJS } from "quickjs-wasi";
import { answerSync } from "./host.mjs";

const build = new URL("../../build/", import.meta.url);
const engine = await WebAssembly.compile(await readFile(new URL("quickjs.wasm", build)));
const library = await readFile(new URL("guest.js", build), "utf8");

/** Less than the stack of Node's own that the engine runs on. */
const MAX_STACK = 512 * 1024;

/** A clock and a randomness that stand still, as they do while an image is made. */
export const frozen = (memory) => ({
  clock_time_get(_clock, _precision, result) {
    new DataView(memory.buffer).setBigUint64(result, 0n, true);
    return 0;
  },
  random_get(start, length) {
    new Uint8Array(memory.buffer, start, length).fill(0);
    return 0;
  },
});

const SEED = "00112233445566778899aabbccddeeff";
export const context = {
  app: { id: "a", name: "test" },
  environment: { tag: "", values: {} },
  functions: {},
  request: {},
  runningAsSystem: false,
  services: { "mongodb-atlas": "mongodb-atlas", http: "http" },
  user: { id: "u1", type: "normal", data: {}, custom_data: {}, identities: [] },
  values: {},
};

const FUNCTION_PARAMETERS = "exports, require, context, __import";
const MODULE_PARAMETERS = "exports, require, module, __filename, __dirname, __import, __meta";
const wrapped = (parameters, source) => `(function (${parameters}) {${source}\n;return exports;\n})`;

/** One instance with the library and the given functions, by name and source, loaded into it. */
export class Sandbox {
  static async open(functions, { wasi, modules = {}, links = {} } = {}) {
    const vm = await QuickJS.create({ wasm: engine, maxStackSize: MAX_STACK, wasi });
    const sandbox = new Sandbox(vm);
    sandbox.load(functions, modules, links);
    return sandbox;
  }

  constructor(vm) {
    this.vm = vm;
    this.calls = [];
    this.logs = [];
    this.done = null;
  }

  load(functions, modules, links) {
    const { vm } = this;
    const sync = vm.newFunction("__host_sync", (operation, text) =>
      vm.newString(answerSync(operation.toString(), text.toString())),
    );
    vm.setProp(vm.global, "__host_sync", sync);
    this.evaluate(library, "vestibule/guest.js");
    this.door = this.evaluate("(() => { const door = __vestibule; delete globalThis.__vestibule; return door; })()");
    for (const [id, { text, to = {}, esm = false }] of Object.entries(modules)) {
      const wrapper = this.evaluate(wrapped(MODULE_PARAMETERS, text), id);
      this.cross("addModule", vm.newString(id), vm.newString(JSON.stringify({ esm, to })), wrapper);
    }
    for (const [name, source] of Object.entries(functions)) {
      const wrapper = this.evaluate(wrapped(FUNCTION_PARAMETERS, source), `functions/${name}.js`);
      this.cross("define", vm.newString(name), vm.newString(JSON.stringify(links[name] ?? {})), wrapper);
    }
    for (const id of new Set(Object.values(links).flatMap(Object.values))) this.cross("prepare", vm.newString(id));
    vm.executePendingJobs();
    this.cross("finish");
  }

  /** As the engine's own evaluation, with an error that prints in a few lines. */
  evaluate(source, file) {
    try {
      return this.vm.evalCode(source, file);
    } catch ({ name, message, stack }) {
      throw new Error(`${name}: ${message}\n${stack}`);
    }
  }

  cross(method, ...handles) {
    return this.vm.callFunction(this.door.getProp(method), this.vm.undefined, ...handles);
  }

  /** Enters with a message, drains the job queue and keeps what comes out. */
  enter(message) {
    this.cross("enter", this.vm.newString(JSON.stringify(message)));
    this.vm.executePendingJobs();
    const out = JSON.parse(this.cross("collect").toString());
    this.logs.push(...out.logs);
    this.calls = out.calls;
    this.done = out.done;
    return out;
  }

  start(name, args = [], overrides = {}, seed = SEED, type = "call") {
    return this.enter({ type, function: name, arguments: args, context: { ...context, ...overrides }, seed });
  }

  answer(...answers) {
    return this.enter({ type: "answers", answers });
  }
}

/** Runs one function to its end, with `host` answering its calls; what `collect` said last, with all logs. */
export async function run(source, { args = [], host = () => null, overrides = {}, others = {}, seed } = {}) {
  const sandbox = await Sandbox.open({ main: source, ...others });
  const calls = [];
  sandbox.start("main", args, overrides, seed);
  while (sandbox.done === null && sandbox.calls.length > 0) {
    calls.push(...sandbox.calls);
    sandbox.answer(...sandbox.calls.map((call) => answerTo(call, host)));
  }
  return { done: sandbox.done, logs: sandbox.logs, calls, last: sandbox.calls };
}

function answerTo(call, host) {
  try {
    return { id: call.id, value: host(call.operation, call.arguments) };
  } catch ({ name, message, code }) {
    return { id: call.id, error: { name, message, code } };
  }
}

/** The value a function returned, as Extended JSON; throws with the error's text when it threw. */
export async function valueOf(source, options) {
  const { done } = await run(source, options);
  if (done === null) throw new Error("the promise never settles");
  if (done.error) throw new Error(done.error.text);
  return done.value;
}
