// `util.inspect` and `util.format`: values as Node shows them to a developer.
import { isView, objectKeys } from "./primordials.js";

/** By this symbol a class says itself how it is shown. */
export const custom = Symbol.for("nodejs.util.inspect.custom");

const DEFAULT_DEPTH = 2;
const LINE_WIDTH = 72;
const MOST_ITEMS = 100;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

function quote(text) {
  const escaped = text.replace(/\\/g, "\\\\").replace(/\n/g, "\\n");
  if (!escaped.includes("'")) return `'${escaped}'`;
  return escaped.includes('"') ? `'${escaped.replace(/'/g, "\\'")}'` : `"${escaped}"`;
}

function inspectPrimitive(value) {
  if (typeof value === "string") return quote(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

function layOut(open, items, close) {
  if (items.length === 0) return `${open}${close}`;
  const line = `${open} ${items.join(", ")} ${close}`;
  if (line.length <= LINE_WIDTH && !line.includes("\n")) return line;
  return `${open}\n  ${items.map((item) => item.replace(/\n/g, "\n  ")).join(",\n  ")}\n${close}`;
}

const isPlain = (value) => [Object.prototype, null].includes(Object.getPrototypeOf(value));

function prefixOf(value) {
  const name = value.constructor?.name ?? "";
  return isPlain(value) || name === "" ? "" : `${name} `;
}

/** One inspection: how deep it may go, and what is being shown already. */
class Inspection {
  constructor(depth) {
    this.depth = depth ?? Infinity;
    this.path = [];
  }

  value(value) {
    if (typeof value === "function") return value.name ? `[Function: ${value.name}]` : "[Function (anonymous)]";
    if (typeof value !== "object" || value === null) return inspectPrimitive(value);
    if (this.path.includes(value)) return "[Circular *1]";
    if (typeof value[custom] === "function") return this.customised(value);
    return this.leaf(value) ?? this.container(value);
  }

  customised(value) {
    const shown = value[custom](this.depth - this.path.length, {}, inspect);
    return typeof shown === "string" ? shown : this.value(shown);
  }

  leaf(value) {
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (value instanceof RegExp) return String(value);
    if (value instanceof Error) return value.stack ? `${value}\n${value.stack}`.trimEnd() : `[${value}]`;
    if (value instanceof Promise) return "Promise { <pending> }";
    return undefined;
  }

  container(value) {
    if (this.path.length > this.depth)
      return Array.isArray(value) ? "[Array]" : `[${value.constructor?.name ?? "Object"}]`;
    this.path.push(value);
    const text = this.members(value);
    this.path.pop();
    return text;
  }

  members(value) {
    if (Array.isArray(value)) return layOut("[", this.items(value), "]");
    if (isView(value) && value.length !== undefined) {
      return layOut(`${prefixOf(value).trimEnd()}(${value.length}) [`, this.items([...value]), "]");
    }
    if (value instanceof Map) {
      const pairs = [...value].map(([key, item]) => `${this.value(key)} => ${this.value(item)}`);
      return layOut(`Map(${value.size}) {`, pairs, "}");
    }
    if (value instanceof Set) return layOut(`Set(${value.size}) {`, this.items([...value]), "}");
    return layOut(
      `${prefixOf(value)}{`,
      objectKeys(value).map((key) => this.member(value, key)),
      "}",
    );
  }

  items(list) {
    const shown = list.slice(0, MOST_ITEMS).map((item) => this.value(item));
    if (list.length > MOST_ITEMS) shown.push(`... ${list.length - MOST_ITEMS} more items`);
    return shown;
  }

  member(value, key) {
    return `${IDENTIFIER.test(key) ? key : quote(key)}: ${this.value(value[key])}`;
  }
}

/** Any value as text. */
export function inspect(value, options) {
  const depth = options?.depth === undefined ? DEFAULT_DEPTH : options.depth;
  return new Inspection(depth).value(value);
}

inspect.custom = custom;

const formats = {
  s: (value) => (typeof value === "object" && value !== null ? inspect(value, { depth: 0 }) : String(value)),
  d: (value) => (typeof value === "bigint" ? `${value}n` : `${Number(value)}`),
  i: (value) => `${parseInt(value, 10)}`,
  f: (value) => `${parseFloat(value)}`,
  j: (value) => JSON.stringify(value),
  o: (value) => inspect(value, { depth: 4 }),
  O: (value) => inspect(value),
};

/** Fills placeholders as `printf` does and appends what is left over. */
export function format(first, ...rest) {
  if (typeof first !== "string") return [first, ...rest].map(asText).join(" ");
  const text = first.replace(/%([sdifjoO%])/g, (placeholder, kind) => {
    if (kind === "%") return "%";
    return rest.length === 0 ? placeholder : formats[kind](rest.shift());
  });
  return [text, ...rest.map(asText)].join(" ");
}

const asText = (value) => (typeof value === "string" ? value : inspect(value));
