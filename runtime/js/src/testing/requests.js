// Answers to the requests that functions send: declared by the test, or recorded before.
import { Binary, askOutside, intercept } from "vestibule:tests";

const REASONS = { 200: "OK", 201: "Created", 204: "No Content", 400: "Bad Request", 404: "Not Found" };

/** The whole URL of a request, as `context.http` may have it in parts (contract 4.6). */
function urlOf({ url, scheme = "http", host, path = "", query = {}, fragment }) {
  if (url !== undefined) return new URL(`${url}`).href;
  const made = new URL(`${scheme}://${host}/${`${path}`.replace(/^\//, "")}`);
  for (const [name, values] of Object.entries(query)) for (const value of [values].flat()) made.searchParams.append(name, value);
  if (fragment) made.hash = fragment;
  return made.href;
}

const textOf = (body) => (body instanceof Binary ? new TextDecoder().decode(body.buffer.subarray(0, body.position)) : body);

/** A request as tests look at it. */
function described(argument) {
  const headers = Object.entries(argument.headers ?? {}).map(([name, values]) => [name.toLowerCase(), [values].flat().join(", ")]);
  const body = argument.body === undefined ? undefined : textOf(argument.body);
  return {
    method: argument.method.toUpperCase(),
    url: urlOf(argument),
    headers: Object.fromEntries(headers),
    body,
    form: argument.form,
    json: () => JSON.parse(body),
  };
}

/** A query that a declared URL does not speak of may be any. */
function fitsUrl(wanted, url) {
  if (typeof wanted === "function") return wanted(url) === true;
  if (wanted instanceof RegExp) return wanted.test(url);
  const exact = new URL(`${wanted}`).href;
  return url === exact || (!exact.includes("?") && url.replace(/[?#].*$/s, "") === exact);
}

function bodyOf(body) {
  if (body === undefined || body === null) return [Buffer.alloc(0), undefined];
  if (body instanceof Uint8Array) return [Buffer.from(body), "application/octet-stream"];
  if (typeof body === "string") return [Buffer.from(body), "text/plain; charset=utf-8"];
  return [Buffer.from(JSON.stringify(body)), "application/json"];
}

const canonical = (name) => name.replace(/(^|-)([a-z])/g, (match) => match.toUpperCase());

/** An answer in the shape in which the host gives it (contract 4.6). */
function answerOf({ status = 200, body, headers = {} }) {
  const [bytes, type] = bodyOf(body);
  const lines = Object.entries(headers).map(([name, value]) => [canonical(name.toLowerCase()), [value].flat().map(String)]);
  const all = type === undefined ? Object.fromEntries(lines) : { "Content-Type": [type], ...Object.fromEntries(lines) };
  const reason = REASONS[status] ? ` ${REASONS[status]}` : "";
  return {
    status: `${status}${reason}`,
    statusCode: status,
    contentLength: bytes.length,
    headers: all,
    cookies: {},
    body: new Binary(bytes),
  };
}

class Declared {
  #left = Infinity;

  constructor(method, url) {
    Object.assign(this, { method: `${method}`.toUpperCase(), url, calls: 0 });
  }

  /** Answers with a status, body and headers; with a function, with what it gives for the request: `{status, body, headers}`. */
  reply(status, body, headers) {
    this.give = typeof status === "function" ? status : () => ({ status, body, headers });
    return this;
  }

  /** Fails as a host that cannot be reached does. */
  fail(message = `http: cannot connect to '${this.url}'`) {
    this.give = () => {
      throw Object.assign(new Error(message), { code: "HTTPError" });
    };
    return this;
  }

  /** Answers so often, then no more. */
  times(count) {
    this.#left = count;
    return this;
  }

  fits({ method, url }) {
    return this.give !== undefined && this.#left > 0 && this.method === method && fitsUrl(this.url, url);
  }

  async answer(request) {
    this.calls++;
    this.#left--;
    return answerOf((await this.give(request)) ?? {});
  }
}

function unexpected({ method, url }) {
  const error = new Error(`unexpected request: ${method} ${url}; declare it with http.on("${method}", url).reply(status, body)`);
  error.code = "HTTPError";
  return error;
}

/** Recorded answers hold bodies as text, else in base64. */
const recordedBody = ({ body, base64 }) => (base64 ? Buffer.from(body, "base64") : body);

/** The `http` of a test file, and what went wrong with requests that nobody declared. */
export function makeRequests({ records }) {
  const declared = [];
  const requests = [];
  const unforeseen = [];
  const on = (method, url) => {
    const made = new Declared(method, url);
    declared.unshift(made);
    return made;
  };
  const play = (recorded) => {
    for (const answer of recorded) on(answer.method, answer.url).reply(answer.status, recordedBody(answer), answer.headers);
  };
  intercept("http", async (argument) => {
    const request = described(argument);
    requests.push(request);
    await askOutside("test.request", { method: request.method, url: request.url, function: argument.service ?? "" });
    const found = declared.find((each) => each.fits(request));
    if (found !== undefined) return await found.answer(request);
    if (records) return await askOutside("http", { ...argument, recordedAs: request.url });
    const error = unexpected(request);
    unforeseen.push(error);
    throw error;
  });
  return { http: { on, play, requests }, unforeseen };
}
