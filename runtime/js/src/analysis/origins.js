// What an expression is, as far as it can be told without running it: a text, a module, a part of `context`.

const MOST_STEPS = 64;
const MOST_TEXT = 4096;
const TEXT = "text";

/** `open` says that a text goes on with what is not known. */
const text = (value, open = false) => ({ kind: TEXT, text: value, open });

export class Origins {
  #bindings;
  #known = new Map();
  #steps = 0;

  constructor(bindings) {
    this.#bindings = bindings;
  }

  /** The origin of an expression, `{kind, …}`; undefined where it cannot be told. */
  of(node) {
    if (!node || this.#steps >= MOST_STEPS) return undefined;
    if (this.#known.has(node)) return this.#known.get(node);
    this.#steps++;
    const origin = resolvers[node.type]?.(this, node);
    this.#steps--;
    this.#known.set(node, origin);
    return origin;
  }

  /** The whole text of an expression; undefined where it is none or not wholly known. */
  textOf(node) {
    const origin = this.of(node);
    return origin?.kind === TEXT && !origin.open ? origin.text : undefined;
  }

  /** Where a name of the source leads. */
  named(name) {
    if (!this.#bindings.has(name)) return name === "context" ? { kind: "context", path: [] } : { kind: "global", name };
    const origin = this.#bindings.origin(name);
    if (origin === undefined) return undefined;
    const begin = origin.module === undefined ? this.of(origin.init) : moduleOrigin(origin.module);
    return origin.path.reduce(memberOf, begin);
  }
}

const moduleOrigin = (name) => ({ kind: "module", name: name.replace(/^node:/, ""), path: [] });

/** The member of what an origin stands for. */
function memberOf(origin, member) {
  if (origin?.kind === "context" || origin?.kind === "module") return { ...origin, path: [...origin.path, member] };
  if (origin?.kind === "global" && origin.name === "globalThis") return { kind: "global", name: member };
  return origin && origin.kind !== TEXT ? { kind: "member", of: origin, member } : undefined;
}

export function memberName(origins, node) {
  return node.computed ? origins.textOf(node.property) : node.property.name;
}

/** What follows a text that is known in part is not known at all. */
function join(parts) {
  let whole = "";
  for (const part of parts) {
    if (part?.kind !== TEXT || whole.length + part.text.length > MOST_TEXT) return text(whole, true);
    whole += part.text;
    if (part.open) return text(whole, true);
  }
  return text(whole);
}

const CONTEXT_CALLS = {
  __proto__: null,
  "services.get": (name) => ({ kind: "service", name }),
  "values.get": (name) => ({ kind: "value", name }),
};
const CHAIN = {
  __proto__: null,
  "service.db": (service, name) => ({ kind: "database", service: service.name, name }),
  "database.collection": (database, name) => ({ kind: "collection", service: database.service, database: database.name, name }),
};

/** What a call gives, where that is known of the callee. */
function called(origins, node) {
  const callee = origins.of(node.callee);
  const name = origins.textOf(node.arguments[0]);
  if (callee?.kind === "global" && callee.name === "require") return name === undefined ? undefined : moduleOrigin(name);
  if (callee?.kind === "context") return CONTEXT_CALLS[callee.path.join(".")]?.(name);
  if (callee?.kind === "module") return { ...callee, path: [...callee.path, "()"] };
  return callee?.kind === "member" ? CHAIN[`${callee.of.kind}.${callee.member}`]?.(callee.of, name) : undefined;
}

const resolvers = {
  __proto__: null,
  Literal: (origins, node) => (typeof node.value === "string" ? text(node.value) : undefined),
  TemplateLiteral: (origins, node) =>
    join(
      node.quasis.flatMap((quasi, index) => {
        const fixed = text(quasi.value.cooked ?? "");
        return index < node.expressions.length ? [fixed, origins.of(node.expressions[index])] : [fixed];
      }),
    ),
  BinaryExpression: (origins, node) => {
    if (node.operator !== "+") return undefined;
    const left = origins.of(node.left);
    return left?.kind === TEXT ? join([left, origins.of(node.right)]) : undefined;
  },
  Identifier: (origins, node) => origins.named(node.name),
  MemberExpression: (origins, node) => {
    const member = memberName(origins, node);
    return member === undefined ? undefined : memberOf(origins.of(node.object), member);
  },
  ChainExpression: (origins, node) => origins.of(node.expression),
  AwaitExpression: (origins, node) => origins.of(node.argument),
  CallExpression: called,
  NewExpression: (origins, node) => {
    const callee = origins.of(node.callee);
    return callee?.kind === "module" ? { ...callee, path: [...callee.path, "()"] } : undefined;
  },
  ImportExpression: (origins, node) => {
    const name = origins.textOf(node.source);
    return name === undefined ? undefined : moduleOrigin(name);
  },
};
