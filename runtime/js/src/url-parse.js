// A URL's text to its parts, relative references resolved, by the rules of the URL standard.
import { FRAGMENT, OPAQUE, PATH, QUERY, SPECIAL_QUERY, USERINFO, percentEncode } from "./percent.js";
import { parseHost } from "./url-host.js";

const DEFAULT_PORTS = {
  __proto__: null,
  "http:": "80",
  "https:": "443",
  "ws:": "80",
  "wss:": "443",
  "ftp:": "21",
  "file:": "",
};
const LARGEST_PORT = 65535;
const SINGLE_DOT = /^(?:\.|%2e)$/i;
const DOUBLE_DOT = /^(?:\.|%2e){2}$/i;

/** Whether a protocol is one of those whose URLs have a host and a path of segments. */
export const isSpecial = (protocol) => DEFAULT_PORTS[protocol] !== undefined;

/** The text of a port; empty for the protocol's own, undefined when it is none. */
export function parsePort(text, protocol) {
  if (!/^[0-9]*$/.test(text) || +text > LARGEST_PORT) return undefined;
  const port = text === "" ? "" : `${+text}`;
  return port === DEFAULT_PORTS[protocol] ? "" : port;
}

/** The text of a path with its dot segments resolved. */
export function parsePath(text, protocol, before = []) {
  const segments = [...before];
  const parts = (isSpecial(protocol) ? text.replaceAll("\\", "/") : text).split("/");
  parts.forEach((part, index) => {
    const isLast = index === parts.length - 1;
    if (DOUBLE_DOT.test(part)) segments.pop();
    else if (!SINGLE_DOT.test(part)) segments.push(percentEncode(part, PATH));
    if (isLast && (DOUBLE_DOT.test(part) || SINGLE_DOT.test(part))) segments.push("");
  });
  return `/${segments.join("/")}`;
}

/** The text of a query with its question mark; empty for none. */
export function parseQuery(text, protocol) {
  return text ? `?${percentEncode(text, isSpecial(protocol) ? SPECIAL_QUERY : QUERY)}` : "";
}

/** The text of a fragment with its number sign; empty for none. */
export const parseFragment = (text) => (text ? `#${percentEncode(text, FRAGMENT)}` : "");

/** User name or password. */
export const parseUserinfo = (text) => percentEncode(text, USERINFO);

/** The name and the port of `host:port`; undefined when either is none. */
export function parseHostAndPort(text, protocol) {
  const [, name, given] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (name === undefined || (name === "" && (isSpecial(protocol) ? protocol !== "file:" : given !== undefined)))
    return undefined;
  const hostname = name === "" ? "" : parseHost(name, isSpecial(protocol));
  const port = parsePort(given ?? "", protocol);
  return hostname === undefined || port === undefined ? undefined : { hostname, port };
}

function parseAuthority(text, protocol) {
  const at = text.lastIndexOf("@");
  const host = parseHostAndPort(text.slice(at + 1), protocol);
  if (host === undefined) return undefined;
  const userinfo = at < 0 ? "" : text.slice(0, at);
  const colon = userinfo.indexOf(":");
  const username = parseUserinfo(colon < 0 ? userinfo : userinfo.slice(0, colon));
  const password = colon < 0 ? "" : parseUserinfo(userinfo.slice(colon + 1));
  return { username, password, ...host };
}

const nobody = { username: "", password: "", hostname: "", port: "" };

/** Fragment and query come off first; what is left is authority and path. */
function split(text) {
  const [, path, search, hash] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text);
  return { path, search, hash };
}

function finish(protocol, authority, hasAuthority, pathname, { search, hash }) {
  return {
    protocol,
    ...authority,
    hasAuthority,
    pathname,
    search: parseQuery(search, protocol),
    hash: parseFragment(hash),
  };
}

/** `//authority/path`, with the slashes gone already. */
function parseWithAuthority(rest, protocol, parts) {
  const end = rest.search(isSpecial(protocol) ? /[/\\]/ : /\//);
  const authority = parseAuthority(end < 0 ? rest : rest.slice(0, end), protocol);
  if (authority === undefined) return undefined;
  if (protocol === "file:" && authority.hostname === "localhost") authority.hostname = "";
  const path = end < 0 ? "" : rest.slice(end + 1);
  const pathname = end < 0 && !isSpecial(protocol) ? "" : parsePath(path, protocol);
  return finish(protocol, authority, true, pathname, parts);
}

function parseAbsolute(text, protocol, base) {
  const parts = split(text);
  if (isSpecial(protocol)) {
    const slashes = /^[/\\]*/.exec(parts.path)[0].length;
    if (slashes === 0 && base?.protocol === protocol) return parseRelative(text, base);
    // A file has a host only between exactly two slashes and the next.
    if (protocol === "file:" && slashes !== 2)
      return finish(protocol, nobody, true, parsePath(parts.path.slice(slashes), protocol), parts);
    return parseWithAuthority(parts.path.slice(slashes), protocol, parts);
  }
  if (parts.path.startsWith("//")) return parseWithAuthority(parts.path.slice(2), protocol, parts);
  if (parts.path.startsWith("/"))
    return finish(protocol, nobody, false, parsePath(parts.path.slice(1), protocol), parts);
  return finish(protocol, nobody, false, percentEncode(parts.path, OPAQUE), parts);
}

function inherit(base) {
  const { username, password, hostname, port } = base;
  return { username, password, hostname, port };
}

function parseRelative(text, base) {
  const { protocol } = base;
  const isOpaque = !base.hasAuthority && !base.pathname.startsWith("/");
  if (isOpaque && text[0] !== "#") return undefined;
  const parts = split(text);
  const path = isSpecial(protocol) ? parts.path.replaceAll("\\", "/") : parts.path;
  if (path.startsWith("//")) return parseWithAuthority(path.slice(2), protocol, parts);
  const authority = inherit(base);
  if (path.startsWith("/"))
    return finish(protocol, authority, base.hasAuthority, parsePath(path.slice(1), protocol), parts);
  if (path !== "") {
    const before = base.pathname.split("/").slice(1, -1);
    return finish(protocol, authority, base.hasAuthority, parsePath(path, protocol, before), parts);
  }
  const url = finish(protocol, authority, base.hasAuthority, base.pathname, parts);
  return parts.search === undefined ? { ...url, search: base.search } : url;
}

/** The parts of a URL, relative ones taken from `base`; undefined when the text is no URL. */
export function parseUrl(input, base) {
  const text = input.replace(/^[\0-\x20]+|[\0-\x20]+$/g, "").replace(/[\t\n\r]/g, "");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text);
  if (scheme !== null) return parseAbsolute(text.slice(scheme[0].length), scheme[0].toLowerCase(), base);
  return base === undefined ? undefined : parseRelative(text, base);
}
