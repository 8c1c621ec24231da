// The names that a source declares, and what each that is declared once and never assigned again stands for.
import { full } from "acorn-walk";

class Bindings {
  #declared = new Map();
  #assigned = new Set();

  /** `origin` is `{init, path}`: the member at `path` of what `init` gives; undefined: not known. */
  declare(name, origin) {
    this.#declared.set(name, this.#declared.has(name) ? undefined : origin);
  }

  assign(name) {
    this.#assigned.add(name);
  }

  has(name) {
    return this.#declared.has(name);
  }

  /** Where a name's value comes from; undefined where it may be several. */
  origin(name) {
    return this.#assigned.has(name) ? undefined : this.#declared.get(name);
  }
}

const nameOf = (key, computed) => (computed ? undefined : (key.name ?? `${key.value}`));

/** Each identifier of a pattern, with the path of members that leads to it; undefined where the path is not known. */
export function* namesOf(pattern, path = []) {
  switch (pattern?.type) {
    case "Identifier":
      yield [pattern.name, path];
      break;
    case "ObjectPattern":
      for (const property of pattern.properties) {
        const key = property.type === "Property" ? nameOf(property.key, property.computed) : undefined;
        yield* namesOf(property.value ?? property, path && key !== undefined ? [...path, key] : undefined);
      }
      break;
    case "ArrayPattern":
      for (const element of pattern.elements) yield* namesOf(element, undefined);
      break;
    case "AssignmentPattern":
      yield* namesOf(pattern.left, path);
      break;
    case "RestElement":
      yield* namesOf(pattern.argument, undefined);
  }
}

function declarePattern(bindings, pattern, init) {
  for (const [name, path] of namesOf(pattern)) bindings.declare(name, init && path ? { init, path } : undefined);
}

const importedPath = (specifier) =>
  specifier.type === "ImportSpecifier" ? [specifier.imported.name ?? specifier.imported.value] : [];

const readers = {
  __proto__: null,
  VariableDeclarator: (node, bindings) => declarePattern(bindings, node.id, node.init),
  ImportDeclaration: (node, bindings) => {
    for (const specifier of node.specifiers) {
      bindings.declare(specifier.local.name, { module: node.source.value, path: importedPath(specifier) });
    }
  },
  CatchClause: (node, bindings) => declarePattern(bindings, node.param),
  AssignmentExpression: (node, bindings) => {
    for (const [name] of namesOf(node.left)) bindings.assign(name);
  },
  UpdateExpression: (node, bindings) => bindings.assign(node.argument.name),
};

/** All names of the source, without regard to where they can be seen: one that is declared twice is not known. */
export function readBindings(program) {
  const bindings = new Bindings();
  full(program, (node) => {
    readers[node.type]?.(node, bindings);
    if (node.params) for (const parameter of node.params) declarePattern(bindings, parameter);
    const named = node.type.startsWith("Function") || node.type.startsWith("Class");
    if (named && node.id) bindings.declare(node.id.name, undefined);
  });
  return bindings;
}
