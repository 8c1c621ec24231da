// The modules of an app: packages and library parts, compiled while the image is made, evaluated then or at a call.
import { builtins, refuseModule } from "./builtins.js";
import { startAfresh } from "./console.js";
import { textOfError } from "./errors.js";
import { endBuilding, enterModule, leaveModule, noteChance } from "./loading.js";
import {
  OwnPromise,
  OwnTypeError,
  createObject,
  defineProperty,
  endsWith,
  join,
  objectKeys,
  parseJson,
  setPrototypeOf,
  sliceText,
  startsWith,
} from "./primordials.js";

/** By id: `{id, esm, links, wrapper, module, fresh}`; `module` is there as soon as evaluation has begun. */
const records = { __proto__: null };

/** Has the parts of the library find something of the guest library under an id. */
export function provideModule(id, exports) {
  records[id] = { id, esm: false, fresh: false, module: { exports } };
}

/** Node's name for a built-in may carry a scheme, `node:crypto`; one that stands in for a package, a slash. */
function bareName(name) {
  const bare = startsWith(name, "node:") ? sliceText(name, 5) : name;
  return endsWith(bare, "/") ? sliceText(bare, 0, -1) : bare;
}

/** Takes a module's compiled source; `links` is JSON, from the texts it requires to the ids they lead to. */
export function addModule(id, links, wrapper) {
  const { esm, to } = parseJson(links);
  records[id] = { id, esm, links: linksFrom(to), wrapper, module: undefined, drew: false, fresh: false };
}

/** Links without inherited members: no package is called `constructor`. */
export const linksFrom = (to) => setPrototypeOf(to, null);

function folderOf(id) {
  return sliceText(id, 0, id.lastIndexOf("/"));
}

function evaluate(record) {
  const filename = `/${record.id}`;
  const module = { id: filename, filename, path: `/${folderOf(record.id)}`, exports: {}, loaded: false, children: [] };
  const require = makeRequire(record.links, record.esm);
  module.require = require;
  record.module = module;
  enterModule(record);
  try {
    const { exports } = module;
    const meta = { url: `file://${filename}`, filename, dirname: module.path };
    const left = record.wrapper.call(exports, exports, require, module, filename, module.path, importer(require), meta);
    if (module.exports === exports && left !== exports) module.exports = left;
    module.loaded = true;
  } catch (error) {
    record.module = undefined;
    throw error;
  } finally {
    leaveModule();
  }
}

function load(id) {
  const record = records[id];
  if (record === undefined) return refuseModule(id);
  if (record.module === undefined) evaluate(record);
  else if (record.fresh) noteChance();
  return record;
}

/** What an ES module sees of a CommonJS one, as Node has it: the whole as `default`, and each member by its name. */
function namespaceOf(exported) {
  const namespace = createObject(null);
  if ((typeof exported === "object" && exported !== null) || typeof exported === "function") {
    for (const name of objectKeys(exported)) {
      defineProperty(namespace, name, { get: () => exported[name], enumerable: true, configurable: true });
    }
  }
  defineProperty(namespace, "default", { value: exported, enumerable: true, configurable: true });
  defineProperty(namespace, "__esModule", { value: true });
  return namespace;
}

function requireLinked(links, name, asNode) {
  const id = links[name];
  if (id !== undefined) {
    const record = load(id);
    const { exports } = record.module;
    return asNode && !record.esm ? namespaceOf(exports) : exports;
  }
  const found = builtins[bareName(name)] ?? refuseModule(name);
  return asNode ? namespaceOf(found) : found;
}

/** The `require` of one module or function. */
export function makeRequire(links, asNode = false) {
  const require = (name) => {
    if (typeof name !== "string") throw new OwnTypeError("require takes the name of a module");
    return requireLinked(links, name, asNode);
  };
  require.resolve = (name) => links[name] ?? (builtins[bareName(name)] ? name : refuseModule(name));
  require.cache = {};
  return require;
}

/** `import(name)`: the module's names, those of a CommonJS module as Node finds them. */
export function importer(require) {
  return async (name) => {
    await OwnPromise.resolve();
    const exported = require(`${name}`);
    return exported?.__esModule ? exported : namespaceOf(exported);
  };
}

/** What the author should know of how modules were loaded, as lines of text. */
const notes = [];

function note(text) {
  notes[notes.length] = text;
}

/** Evaluates a module into the image. What throws here is tried again, and throws, at the call that requires it. */
export function prepare(id) {
  try {
    load(id);
  } catch (error) {
    note(`${id} throws while it is loaded, now and at each call: ${textOfError(error)}`);
  }
}

/** Ends the making of an image: forgets what no call needs, and the modules that calls may not share. Gives the notes. */
export function finish() {
  for (const id in records) {
    const record = records[id];
    if (record.drew) note(`${id} draws randomness or asks for more while it is loaded: it is loaded at each call`);
    if (record.fresh) record.module = undefined;
    else if (record.module !== undefined) record.wrapper = undefined;
  }
  const said = startAfresh();
  for (let i = 0; i < said.length; i++) note(`while modules were loaded: ${parseJson(said[i])[1]}`);
  endBuilding();
  return join(notes, "\n");
}
