// The arguments of Node's `http.request`: a URL, options, or both, and a callback.

function fromUrl(url) {
  const { protocol, hostname, port, pathname, search, username, password } = url;
  const options = { protocol, hostname: hostname.replace(/^\[|\]$/g, ""), path: `${pathname}${search}` };
  if (port) options.port = Number(port);
  if (username || password) options.auth = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return options;
}

function merge([first, second, third]) {
  if (typeof first === "string") return [fromUrl(new URL(first)), second, third];
  if (first instanceof URL) return [fromUrl(first), second, third];
  return [{}, first, second];
}

function hostOf(options) {
  const host = `${options.hostname ?? options.host ?? "localhost"}`;
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function headersOf(options) {
  const given = options.headers ?? {};
  const headers = Array.isArray(given) ? given.flat().reduce(pairs, []) : Object.entries(given);
  const authorized = headers.some(([name]) => name.toLowerCase() === "authorization");
  if (options.auth && !authorized) {
    headers.push(["Authorization", `Basic ${Buffer.from(options.auth).toString("base64")}`]);
  }
  return headers.filter(([, value]) => value !== undefined);
}

function pairs(list, item, index) {
  if (index % 2 === 0) list.push([item]);
  else list.at(-1).push(item);
  return list;
}

/** What of them a request needs. */
export function optionsOf(defaultProtocol, args) {
  const [base, second, third] = merge(args);
  const callback = typeof second === "function" ? second : third;
  const options = typeof second === "function" ? base : { ...base, ...second };
  const protocol = options.protocol ?? defaultProtocol;
  const port = options.port ?? options.defaultPort;
  const host = hostOf(options);
  const path = options.path ?? "/";
  if (/[^\x21-\xff]/.test(path)) throw new TypeError("Request path contains unescaped characters");
  return {
    callback,
    options: {
      agent: options.agent || undefined,
      headers: headersOf(options),
      host,
      method: `${options.method ?? "GET"}`.toUpperCase(),
      path,
      protocol,
      signal: options.signal,
      timeout: options.timeout,
      url: `${protocol}//${host}${port ? `:${port}` : ""}${path}`,
    },
  };
}
