// The module `url`: the standard's classes, and Node's older functions over them.
import punycode from "punycode";
import { nodeQuerystring } from "./node-querystring.js";
import { URLSearchParams } from "./search-params.js";
import { URL } from "./url.js";

const PATTERN = /^([A-Za-z][A-Za-z0-9+.-]*:)?(\/\/)?(?:([^/?#@]*)@)?([^/?#]*)?([^?#]*)?(\?[^#]*)?(#.*)?$/s;

const orNull = (text) => (text ? text : null);

/** The older parser keeps a text as it stands and takes any for a URL. */
function parse(text, parseQueryString = false, slashesDenoteHost = false) {
  const match = PATTERN.exec(`${text}`.trim());
  let [, protocol, slashes, auth, host = "", path = "", search = "", hash] = match;
  if (slashes === undefined || (protocol === undefined && !slashesDenoteHost)) {
    path = `${slashes ?? ""}${auth === undefined ? "" : `${auth}@`}${host}${path}`;
    [slashes, auth, host] = [undefined, undefined, ""];
  }
  if (slashes && path === "") path = "/";
  const [, hostname, port] = /^(.*?)(?::(\d*))?$/s.exec(host.toLowerCase());
  const query = search.slice(1);
  return {
    protocol: orNull(protocol?.toLowerCase()),
    slashes: slashes ? true : null,
    auth: auth === undefined ? null : decodeURIComponent(auth),
    host: slashes ? host.toLowerCase() : null,
    port: orNull(port),
    hostname: slashes ? hostname : null,
    hash: orNull(hash),
    search: parseQueryString ? search : orNull(search),
    query: parseQueryString ? nodeQuerystring.parse(query) : orNull(query),
    pathname: orNull(path),
    path: orNull(`${path}${search}`),
    href: format({ protocol, slashes, auth, host: host.toLowerCase(), pathname: path, search, hash }),
  };
}

const prefixed = (text, sign) => (text && !text.startsWith(sign) ? `${sign}${text}` : (text ?? ""));

function hostOf({ host, hostname, port }) {
  if (host) return host;
  return hostname ? `${hostname}${port ? `:${port}` : ""}` : "";
}

function format(url) {
  if (typeof url === "string" || url instanceof URL) return `${url}`;
  const protocol = url.protocol ? `${url.protocol.replace(/:$/, "")}:` : "";
  const host = hostOf(url);
  const query = typeof url.query === "object" ? nodeQuerystring.stringify(url.query) : url.query;
  const slashes = url.slashes || (host && /^(?:https?|ftp|file|wss?):$/.test(protocol)) ? "//" : "";
  const auth = url.auth ? `${encodeURIComponent(url.auth).replace("%3A", ":")}@` : "";
  const pathname = host ? prefixed(url.pathname, "/") : (url.pathname ?? "");
  const search = prefixed(url.search || query, "?");
  return `${protocol}${slashes}${auth}${host}${pathname}${search}${prefixed(url.hash, "#")}`;
}

const PLACEHOLDER = "resolve://placeholder";

/** A relative base is resolved against a placeholder, which is taken off again. */
function resolve(from, to) {
  const resolved = new URL(to, new URL(from, `${PLACEHOLDER}/`)).href;
  return resolved.startsWith(PLACEHOLDER) ? resolved.slice(PLACEHOLDER.length) : resolved;
}

/** The module `url`. */
export const nodeUrl = {
  URL,
  URLSearchParams,
  domainToASCII: (domain) => punycode.toASCII(domain),
  domainToUnicode: (domain) => punycode.toUnicode(domain),
  format,
  parse,
  resolve,
};
