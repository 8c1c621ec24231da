// Where a call leads out of the sandbox, as far as the source says it.

const VERBS = ["get", "post", "put", "patch", "delete", "head", "options", "request"];
const CLIENTS = ["axios", "node-fetch", "got", "ky", "superagent", "request", "request-promise", "needle", "http", "https"];
const NETWORK = ["net", "tls", "nodemailer", "ws", "redis", "ioredis", "pg", "mysql2", "mongodb"];
const URL_MEMBERS = ["url", "uri", "baseURL", "baseUrl", "href"];
const HOST_MEMBERS = ["host", "hostname"];
const ABSOLUTE = /^(https?|wss?):\/\/(?:[^/?#@]*@)?([^/?#@]+)/i;

const verbOf = (name) => (VERBS.includes(name) && name !== "request" ? name.toUpperCase() : undefined);

/** Whether a callee sends requests, and by which method: `{method}`, undefined where any; null: it does not. */
function sender(callee) {
  if (callee?.kind === "global" && callee.name === "fetch") return { method: "GET", mayName: true };
  if (callee?.kind === "context" && callee.path[0] === "http") return { method: verbOf(callee.path[1]) };
  if (callee?.kind === "member" && callee.of.kind === "service") return { method: verbOf(callee.member) };
  if (callee?.kind !== "module") return null;
  if (CLIENTS.includes(callee.name)) return { method: verbOf(callee.path.at(-1)), mayName: true };
  return NETWORK.includes(callee.name) ? { method: "CONNECT" } : null;
}

function membersOf(node) {
  const members = new Map();
  for (const { type, key, computed, value } of node?.type === "ObjectExpression" ? node.properties : []) {
    if (type === "Property" && !computed) members.set(key.name ?? key.value, value);
  }
  return members;
}

/** The host of a text that names it to its end. */
function hostOf(origin) {
  if (origin?.kind !== "text") return undefined;
  const match = ABSOLUTE.exec(origin.text);
  return match && (!origin.open || match[0].length < origin.text.length) ? { url: origin.text, host: match[2] } : undefined;
}

function ownHost(members, origins) {
  for (const name of HOST_MEMBERS) {
    const host = origins.textOf(members.get(name));
    if (host) return { url: `https://${host}/`, host };
  }
  return undefined;
}

/** The address that a call names: `{url, host, method}`; undefined where it is no request, or names none. */
export function addressOf(callee, node, origins) {
  const sends = sender(callee);
  if (sends === null) return undefined;
  const all = new Map(node.arguments.flatMap((argument) => [...membersOf(argument)]));
  const named = node.arguments.slice(0, 1).concat(URL_MEMBERS.map((name) => all.get(name)));
  const found = named.map((each) => hostOf(origins.of(each))).find(Boolean) ?? ownHost(all, origins);
  if (found === undefined) return undefined;
  const own = sends.mayName ? origins.textOf(all.get("method")) : undefined;
  return { ...found, method: own?.toUpperCase() ?? sends.method ?? null };
}
