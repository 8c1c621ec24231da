// The global `URL`.
import { custom, inspect } from "./inspect.js";
import { URLSearchParams } from "./search-params.js";
import {
  isSpecial,
  parseFragment,
  parseHostAndPort,
  parsePath,
  parsePort,
  parseQuery,
  parseUrl,
  parseUserinfo,
} from "./url-parse.js";

function partsOf(text, base) {
  const baseParts = base === undefined ? undefined : parseUrl(`${base}`);
  const parts = base !== undefined && baseParts === undefined ? undefined : parseUrl(`${text}`, baseParts);
  if (parts !== undefined) return parts;
  const error = new TypeError("Invalid URL");
  throw Object.assign(error, { code: "ERR_INVALID_URL", input: `${text}` });
}

const hostOf = ({ hostname, port }) => (port === "" ? hostname : `${hostname}:${port}`);

function userinfoOf({ username, password }) {
  if (username === "" && password === "") return "";
  return password === "" ? `${username}@` : `${username}:${password}@`;
}

export class URL {
  #parts;
  #params;

  constructor(text, base) {
    this.#parts = partsOf(text, base);
    this.#params = URLSearchParams.tie(this.#parts.search, (query) => {
      this.#parts.search = query === "" ? "" : `?${query}`;
    });
  }

  static canParse(text, base) {
    try {
      partsOf(text, base);
      return true;
    } catch {
      return false;
    }
  }

  get href() {
    const { protocol, hasAuthority, pathname, search, hash } = this.#parts;
    const authority = hasAuthority ? `//${userinfoOf(this.#parts)}${this.host}` : "";
    return `${protocol}${authority}${pathname}${search}${hash}`;
  }

  set href(text) {
    this.#parts = partsOf(text);
    URLSearchParams.refill(this.#params, this.#parts.search);
  }

  get origin() {
    const { protocol } = this.#parts;
    return isSpecial(protocol) && protocol !== "file:" ? `${protocol}//${this.host}` : "null";
  }

  get protocol() {
    return this.#parts.protocol;
  }

  /** A URL does not change between the protocols that have hosts and those that need none. */
  set protocol(text) {
    const [protocol] = /^[A-Za-z][A-Za-z0-9+.-]*(?::|$)/.exec(`${text}`) ?? [];
    if (protocol === undefined) return;
    const next = `${protocol.replace(":", "").toLowerCase()}:`;
    if (isSpecial(next) !== isSpecial(this.#parts.protocol)) return;
    this.#parts.protocol = next;
    this.#parts.port = parsePort(this.#parts.port, next);
  }

  get username() {
    return this.#parts.username;
  }

  set username(text) {
    if (this.#parts.hostname !== "") this.#parts.username = parseUserinfo(`${text}`);
  }

  get password() {
    return this.#parts.password;
  }

  set password(text) {
    if (this.#parts.hostname !== "") this.#parts.password = parseUserinfo(`${text}`);
  }

  get host() {
    return hostOf(this.#parts);
  }

  set host(text) {
    const host = this.#parts.hasAuthority ? parseHostAndPort(`${text}`, this.#parts.protocol) : undefined;
    if (host === undefined) return;
    this.#parts.hostname = host.hostname;
    if (`${text}`.replace(/^\[.*\]/, "").includes(":")) this.#parts.port = host.port;
  }

  get hostname() {
    return this.#parts.hostname;
  }

  set hostname(text) {
    const host = this.#parts.hasAuthority ? parseHostAndPort(`${text}`, this.#parts.protocol) : undefined;
    if (host !== undefined && host.port === "") this.#parts.hostname = host.hostname;
  }

  get port() {
    return this.#parts.port;
  }

  set port(text) {
    const port = parsePort(`${text}`, this.#parts.protocol);
    if (this.#parts.hostname !== "" && port !== undefined) this.#parts.port = port;
  }

  get pathname() {
    return this.#parts.pathname;
  }

  set pathname(text) {
    if (!this.#parts.hasAuthority && !this.#parts.pathname.startsWith("/")) return;
    this.#parts.pathname = parsePath(`${text}`.replace(/^[/\\]/, ""), this.#parts.protocol);
  }

  get search() {
    return this.#parts.search;
  }

  set search(text) {
    this.#parts.search = parseQuery(`${text}`.replace(/^\?/, ""), this.#parts.protocol);
    URLSearchParams.refill(this.#params, this.#parts.search);
  }

  get searchParams() {
    return this.#params;
  }

  get hash() {
    return this.#parts.hash;
  }

  set hash(text) {
    this.#parts.hash = parseFragment(`${text}`.replace(/^#/, ""));
  }

  toString() {
    return this.href;
  }

  toJSON() {
    return this.href;
  }

  [custom]() {
    return `URL ${inspect(this.href)}`;
  }
}
