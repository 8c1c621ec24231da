// `fetch`, `Request` and `Response` over the host's HTTP call; bodies are whole, since that is how they travel.
import { Binary } from "bson";
import { Buffer } from "buffer";
import { Blob, FormData } from "./blob.js";
import { hostCall } from "./door.js";
import { Headers } from "./headers.js";
import { OwnTypeError } from "./primordials.js";
import { URLSearchParams } from "./search-params.js";

const NULL_BODY = [101, 103, 204, 205, 304];
const REDIRECTS = [301, 302, 303, 307, 308];
const BODILESS = ["GET", "HEAD"];
/** What the host decides by itself: an answer arrives here as it was before it was encoded. */
const HOSTS_OWN = ["accept-encoding", "connection", "content-length", "host", "transfer-encoding", "expect"];

async function gather(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Bytes of a body, and the content type it has by its nature. */
function extract(body) {
  if (typeof body === "string") return { bytes: Buffer.from(body), type: "text/plain;charset=UTF-8" };
  if (body instanceof URLSearchParams) {
    return { bytes: Buffer.from(`${body}`), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  }
  if (body instanceof FormData) return body.encode();
  if (body instanceof Blob) return { bytes: body.contents(), type: body.type || undefined };
  if (body instanceof ArrayBuffer) return { bytes: Buffer.from(body) };
  if (ArrayBuffer.isView(body)) return { bytes: Buffer.from(body.buffer, body.byteOffset, body.byteLength) };
  if (typeof body?.[Symbol.asyncIterator] === "function") return { bytes: gather(body) };
  return { bytes: Buffer.from(`${body}`), type: "text/plain;charset=UTF-8" };
}

/** The body of a message as something that is read once, in one piece. */
class BodyStream {
  #message;

  constructor(message) {
    this.#message = message;
  }

  get locked() {
    return this.#message.bodyUsed;
  }

  getReader() {
    const iterator = this[Symbol.asyncIterator]();
    return { read: () => iterator.next(), cancel: async () => {}, releaseLock() {}, closed: Promise.resolve() };
  }

  async cancel() {}

  async *[Symbol.asyncIterator]() {
    const bytes = new Uint8Array(await this.#message.arrayBuffer());
    if (bytes.length > 0) yield bytes;
  }
}

class Message {
  #bytes = null;
  #used = false;

  constructor(body, headers) {
    this.headers = new Headers(headers);
    if (body === undefined || body === null) return;
    const { bytes, type } = extract(body);
    this.#bytes = bytes;
    if (type !== undefined && !this.headers.has("content-type")) this.headers.set("content-type", type);
  }

  get body() {
    return this.#bytes === null ? null : new BodyStream(this);
  }

  get bodyUsed() {
    return this.#used;
  }

  async buffer() {
    if (this.#used) throw new OwnTypeError("Body is unusable: Body has already been read");
    this.#used = this.#bytes !== null;
    return (await this.#bytes) ?? Buffer.alloc(0);
  }

  async arrayBuffer() {
    return new Uint8Array(await this.buffer()).buffer;
  }

  async blob() {
    return new Blob([await this.buffer()], { type: this.headers.get("content-type") ?? "" });
  }

  async bytes() {
    return new Uint8Array(await this.buffer());
  }

  async json() {
    return JSON.parse(await this.text());
  }

  async text() {
    return new TextDecoder().decode(await this.buffer());
  }

  async formData() {
    const form = new FormData();
    for (const [name, value] of new URLSearchParams(await this.text())) form.append(name, value);
    return form;
  }

  /** The same bytes for another message. */
  copied() {
    if (this.#used) throw new OwnTypeError("Body has already been read");
    return this.#bytes;
  }
}

export class Request extends Message {
  constructor(input, init = {}) {
    const from = input instanceof Request ? input : undefined;
    const method = `${init.method ?? from?.method ?? "GET"}`.toUpperCase();
    const body = init.body ?? from?.copied();
    if (body !== undefined && body !== null && BODILESS.includes(method)) {
      throw new OwnTypeError("Request with GET/HEAD method cannot have body.");
    }
    super(body, init.headers ?? from?.headers);
    this.method = method;
    this.url = from ? from.url : new URL(`${input}`).href;
    this.redirect = init.redirect ?? from?.redirect ?? "follow";
    this.signal = init.signal ?? from?.signal ?? new AbortController().signal;
    Object.assign(this, { credentials: "same-origin", mode: "cors", cache: "default", referrer: "about:client" });
  }

  clone() {
    return new Request(this);
  }
}

export class Response extends Message {
  constructor(body, { status = 200, statusText = "", headers } = {}) {
    if (!Number.isInteger(status) || status < 101 || status > 599) throw new RangeError("status must be from 200 to 599");
    super(NULL_BODY.includes(status) ? null : body, headers);
    Object.assign(this, { status, statusText: `${statusText}`, type: "default", url: "", redirected: false });
  }

  get ok() {
    return this.status >= 200 && this.status < 300;
  }

  clone() {
    const copy = new Response(this.copied(), this);
    return Object.assign(copy, { url: this.url, redirected: this.redirected, type: this.type });
  }

  static error() {
    return Object.assign(new Response(null, { status: 500 }), { type: "error", status: 0 });
  }

  static json(value, init = {}) {
    const headers = new Headers(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new Response(JSON.stringify(value), { ...init, headers });
  }

  static redirect(url, status = 302) {
    return new Response(null, { status, headers: { location: new URL(url).href } });
  }
}

async function messageOf(request) {
  const headers = {};
  for (const [name, value] of request.headers) if (!HOSTS_OWN.includes(name)) headers[name] = [value];
  const message = { method: request.method.toLowerCase(), url: request.url, headers };
  message.followRedirects = request.redirect === "follow";
  const bytes = await request.buffer();
  if (bytes.length > 0) message.body = new Binary(bytes);
  return message;
}

function responseTo(request, { statusCode, status, headers, body }) {
  if (request.redirect === "error" && REDIRECTS.includes(statusCode)) throw new OwnTypeError("fetch failed: redirected");
  const pairs = Object.entries(headers).flatMap(([name, values]) => values.map((value) => [name, value]));
  const statusText = status.slice(String(statusCode).length).trim();
  const bytes = body.buffer.subarray(0, body.position);
  const response = new Response(bytes, { status: statusCode, statusText, headers: pairs });
  return Object.assign(response, { url: request.url.replace(/#.*$/s, ""), type: "basic" });
}

function aborted(signal) {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

async function send(request) {
  try {
    return await hostCall("http", await messageOf(request));
  } catch (cause) {
    throw new OwnTypeError(`fetch failed: ${cause.message}`, { cause });
  }
}

/** The global `fetch`. */
export async function fetch(input, init) {
  const request = new Request(input, init);
  request.signal.throwIfAborted();
  return responseTo(request, await Promise.race([send(request), aborted(request.signal)]));
}
