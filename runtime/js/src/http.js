// The HTTP client: `context.http`, and the legacy service of the same shape.
import { hostCall } from "./door.js";
import { EJSON } from "./ejson.js";
import { Binary } from "bson";
import { OwnTypeError, isArray, objectKeys, setOwn } from "./primordials.js";

const passed = [
  "url",
  "scheme",
  "host",
  "path",
  "query",
  "fragment",
  "username",
  "password",
  "cookies",
  "form",
  "digestAuth",
  "authUrl",
];

const listOf = (value) => (isArray(value) ? value.map(String) : [`${value}`]);

/** Header values as lists, the way they travel; a plain string is taken for a list of one. */
function headersOf(given) {
  const headers = {};
  for (const name of objectKeys(given ?? {})) {
    if (given[name] !== undefined && given[name] !== null) setOwn(headers, name, listOf(given[name]));
  }
  return headers;
}

function hasHeader(headers, wanted) {
  return objectKeys(headers).some((name) => name.toLowerCase() === wanted);
}

/** The body as text or bytes; an object needs `encodeBodyAsJSON`. */
function bodyOf(argument, headers) {
  const { body } = argument;
  if (body instanceof Uint8Array) return new Binary(body);
  if (typeof body === "string" || body instanceof Binary) return body;
  if (!argument.encodeBodyAsJSON) {
    throw new OwnTypeError("'body' must be a string or BSON.Binary, or an object with encodeBodyAsJSON: true");
  }
  if (!hasHeader(headers, "content-type")) headers["Content-Type"] = ["application/json"];
  return EJSON.stringify(body);
}

function requestOf(method, service, argument) {
  const request = { method, headers: headersOf(argument.headers) };
  if (service !== undefined) request.service = service;
  for (const name of passed) {
    if (argument[name] !== undefined && argument[name] !== null) request[name] = argument[name];
  }
  if (argument.body !== undefined && argument.body !== null) {
    if (argument.form) throw new OwnTypeError("'body' and 'form' cannot be given together");
    request.body = bodyOf(argument, request.headers);
  }
  request.followRedirects = argument.followRedirects === true;
  return request;
}

async function send(method, service, argument) {
  if (typeof argument === "string") argument = { url: argument };
  if (typeof argument !== "object" || argument === null) throw new OwnTypeError(`http.${method} takes an object`);
  return await hostCall("http", requestOf(method, service, argument));
}

export class HttpClient {
  #service;

  constructor(service) {
    this.#service = service;
  }

  get(argument) {
    return send("get", this.#service, argument);
  }

  post(argument) {
    return send("post", this.#service, argument);
  }

  put(argument) {
    return send("put", this.#service, argument);
  }

  patch(argument) {
    return send("patch", this.#service, argument);
  }

  delete(argument) {
    return send("delete", this.#service, argument);
  }

  head(argument) {
    return send("head", this.#service, argument);
  }
}
