// What a parsed source asks for, each with its line: the facts that are judged against the app and the server.
import { ancestor } from "acorn-walk";
import { builtins } from "vestibule:core";
import { addressOf } from "./addresses.js";
import { Origins, memberName } from "./origins.js";

/** What the wrapper of a function hands in, beside the globals. */
const HANDED_IN = ["arguments", "context", "exports", "require", "undefined"];
const METHODS = { __proto__: null, execute: "function", after: "after" };

class Facts {
  #found = new Map();

  add(node, kind, fact) {
    const line = node.loc.start.line;
    const key = JSON.stringify([kind, line, fact]);
    if (!this.#found.has(key)) this.#found.set(key, { kind, line, ...fact });
  }

  list() {
    return [...this.#found.values()].sort((one, other) => one.line - other.line);
  }
}

function contextCall(facts, origins, node, path) {
  const name = origins.textOf(node.arguments[0]) ?? null;
  if (path === "values.get") facts.add(node, "value", { name });
  if (path === "services.get") facts.add(node, "service", { name });
  if (path === "functions.execute" || path === "after") facts.add(node, METHODS[path.split(".").at(-1)], { name });
}

function require(facts, origins, node, argument) {
  const name = origins.textOf(argument);
  if (name === undefined) facts.add(node, "computed-require", {});
  else facts.add(node, "require", { name });
}

function call(node, { facts, origins }) {
  const callee = origins.of(node.callee);
  if (callee?.kind === "global" && callee.name === "require") require(facts, origins, node, node.arguments[0]);
  if (callee?.kind === "context") contextCall(facts, origins, node, callee.path.join("."));
  if (callee?.kind === "member" && callee.of.kind === "collection") {
    const { service, database, name } = callee.of;
    facts.add(node, "collection", { service: service ?? null, database: database ?? null, name: name ?? null, method: callee.member });
  }
  const address = addressOf(callee, node, origins);
  if (address !== undefined) facts.add(node, "address", address);
}

/** A member that the sandbox's own module of that name does not have. */
function isMissing(module, member) {
  const own = builtins[module];
  return own !== undefined && !(member in own) && own[member] === undefined;
}

function moduleMember(facts, node, { name, path }) {
  if (path.length > 0 && path[0] !== "()" && path[0] !== "default") {
    facts.add(node, "module-member", { module: name, member: path[0], missing: isMissing(name, path[0]) });
  }
}

function member(node, { facts, origins, bindings }, ancestors) {
  const origin = origins.of(node);
  if (origin?.kind === "module") moduleMember(facts, node, origin);
  if (origin?.kind === "member" && origin.of.kind === "service") {
    facts.add(node, "service-member", { service: origin.of.name ?? null, member: origin.member });
  }
  if (node.object.type === "Identifier") identifier(node.object, { facts, origins, bindings }, [...ancestors, node.object]);
}

/** Names that a pattern takes out of a module. */
function declarator(node, { facts, origins }) {
  if (node.id.type !== "ObjectPattern") return;
  const origin = origins.of(node.init);
  for (const { key, computed } of origin?.kind === "module" ? node.id.properties.filter((each) => each.key) : []) {
    if (!computed) moduleMember(facts, key, { ...origin, path: [...origin.path, key.name ?? `${key.value}`] });
  }
}

const isGuarded = (node, parent) => parent?.type === "UnaryExpression" && parent.operator === "typeof";

/** A name that nothing declares, here or around; `typeof` may ask for any. */
function identifier(node, { facts, bindings }, ancestors) {
  const { name } = node;
  if (bindings.has(name) || name in globalThis || HANDED_IN.includes(name)) return;
  if (!isGuarded(node, ancestors.at(-2))) facts.add(node, "unknown-global", { name });
}

function property(node, { facts }) {
  const name = node.computed ? undefined : (node.key.name ?? node.key.value);
  if (typeof name === "string" && name.startsWith("$")) facts.add(node, "operator", { name });
}

function isExports({ type, object, property: own, name }) {
  if (type === "Identifier") return name === "exports";
  return type === "MemberExpression" && object.name === "module" && own.name === "exports";
}

/** What a source assigns to `exports` as a whole. */
function assignment(node, { facts }) {
  if (isExports(node.left)) facts.add(node, "exports", { type: node.right.type });
}

function imported(node, { facts }) {
  if (!node.source) return;
  facts.add(node, "require", { name: node.source.value });
  for (const { imported: name } of node.specifiers ?? []) {
    const module = node.source.value.replace(/^node:/, "");
    if (name) moduleMember(facts, node, { name: module, path: [name.name ?? name.value] });
  }
}

const visitors = {
  CallExpression: call,
  NewExpression: call,
  MemberExpression: member,
  VariableDeclarator: declarator,
  Identifier: identifier,
  Property: property,
  AssignmentExpression: assignment,
  ImportDeclaration: imported,
  ExportNamedDeclaration: imported,
  ExportAllDeclaration: imported,
  ImportExpression: (node, { facts, origins }) => require(facts, origins, node, node.source),
  ExportDefaultDeclaration: (node, { facts }) => facts.add(node, "exports", { type: node.declaration.type }),
};

/** All facts of a program, by line. */
export function findFacts(program, bindings) {
  const facts = new Facts();
  const state = { facts, bindings, origins: new Origins(bindings) };
  ancestor(program, Object.fromEntries(Object.entries(visitors).map(([type, visit]) => [type, wrap(visit)])), undefined, state);
  return facts.list();
}

const wrap = (visit) => (node, state, ancestors) => visit(node, state, ancestors);
