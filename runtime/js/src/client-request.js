// The classes of Node's HTTP client: a request is gathered whole, sent by the host, and its answer streamed from memory.
import { EventEmitter } from "events";
import { Readable, Writable } from "stream";
import { Binary, hostCall } from "vestibule:core";
import { socketError } from "./socket-errors.js";
import { optionsOf } from "./request-options.js";

/** Fields of an answer that Node joins otherwise than by a comma. */
const LISTED = "set-cookie";
/** What the host decides by itself: an answer arrives here as it was before it was encoded. */
const HOSTS_OWN = new Set(["accept-encoding", "connection", "content-length", "host", "transfer-encoding", "expect"]);

export class Agent extends EventEmitter {
  constructor(options = {}) {
    super();
    this.options = { ...options };
    this.keepAlive = Boolean(options.keepAlive);
    this.maxSockets = options.maxSockets ?? Infinity;
    this.maxFreeSockets = options.maxFreeSockets ?? 256;
    this.protocol = "http:";
    this.defaultPort = 80;
    this.sockets = {};
    this.freeSockets = {};
    this.requests = {};
  }

  destroy() {}
}

/** What a request shows as its connection; the real one is the host's. */
class Connection extends EventEmitter {
  constructor(encrypted) {
    super();
    Object.assign(this, { encrypted, connecting: false, destroyed: false, readable: true, writable: true });
    Object.assign(this, { authorized: encrypted, remoteAddress: undefined, bytesWritten: 0 });
  }

  destroy() {
    this.destroyed = true;
    return this;
  }

  setKeepAlive() {
    return this;
  }

  setNoDelay() {
    return this;
  }

  setTimeout() {
    return this;
  }

  ref() {
    return this;
  }

  unref() {
    return this;
  }
}

export class IncomingMessage extends Readable {
  constructor(socket) {
    super();
    Object.assign(this, { socket, connection: socket, httpVersion: "1.1", httpVersionMajor: 1, httpVersionMinor: 1 });
    Object.assign(this, { headers: {}, rawHeaders: [], trailers: {}, rawTrailers: [], complete: false, aborted: false });
  }

  /** Takes over what the host answered. */
  fill({ status, statusCode, headers, body }) {
    this.statusCode = statusCode;
    this.statusMessage = status.slice(String(statusCode).length).trim();
    for (const [name, values] of Object.entries(headers)) {
      const key = name.toLowerCase();
      this.headers[key] = key === LISTED ? values : values.join(", ");
      for (const value of values) this.rawHeaders.push(name, value);
    }
    const bytes = body.buffer.subarray(0, body.position);
    if (bytes.length > 0) this.push(Buffer.from(bytes));
    this.push(null);
    this.complete = true;
  }

  get headersDistinct() {
    return Object.fromEntries(Object.entries(this.headers).map(([name, value]) => [name, [value].flat()]));
  }

  _read() {}

  setTimeout() {
    return this;
  }
}

export class OutgoingMessage extends Writable {
  #headers = new Map();
  #chunks = [];
  headersSent = false;
  finished = false;

  setHeader(name, value) {
    if (value === undefined) throw new TypeError(`Invalid value "undefined" for header "${name}"`);
    this.#headers.set(`${name}`.toLowerCase(), [`${name}`, value]);
    return this;
  }

  appendHeader(name, value) {
    const before = this.getHeader(name);
    return this.setHeader(name, before === undefined ? value : [before, value].flat());
  }

  getHeader(name) {
    return this.#headers.get(`${name}`.toLowerCase())?.[1];
  }

  hasHeader(name) {
    return this.#headers.has(`${name}`.toLowerCase());
  }

  removeHeader(name) {
    this.#headers.delete(`${name}`.toLowerCase());
  }

  getHeaderNames() {
    return [...this.#headers.keys()];
  }

  getRawHeaderNames() {
    return [...this.#headers.values()].map(([name]) => name);
  }

  getHeaders() {
    return Object.fromEntries([...this.#headers].map(([key, [, value]]) => [key, value]));
  }

  flushHeaders() {}

  /** Header lines as they travel: name to list of values. */
  lines() {
    const kept = [...this.#headers].filter(([key]) => !HOSTS_OWN.has(key));
    return Object.fromEntries(kept.map(([, [name, value]]) => [name, [value].flat().map(String)]));
  }

  body() {
    return Buffer.concat(this.#chunks);
  }

  _write(chunk, _encoding, callback) {
    this.#chunks.push(chunk);
    callback();
  }
}

export class ClientRequest extends OutgoingMessage {
  #timer;
  #answered = false;
  #url;

  constructor(protocol, agent, args) {
    super({ autoDestroy: false });
    const { options, callback } = optionsOf(protocol, args);
    this.#url = options.url;
    Object.assign(this, { method: options.method, path: options.path, host: options.host, protocol: options.protocol });
    Object.assign(this, { agent: options.agent ?? agent, reusedSocket: false, aborted: false, maxHeadersCount: null });
    for (const [name, value] of options.headers) this.setHeader(name, value);
    if (callback) this.once("response", callback);
    if (options.timeout) this.setTimeout(options.timeout);
    options.signal?.addEventListener("abort", () => this.destroy(abortError(options.signal)));
    this.socket = this.connection = new Connection(options.protocol === "https:");
    queueMicrotask(() => this.emit("socket", this.socket));
  }

  setTimeout(milliseconds, callback) {
    if (callback) this.once("timeout", callback);
    clearTimeout(this.#timer);
    if (milliseconds > 0 && !this.#answered) this.#timer = setTimeout(() => this.emit("timeout"), milliseconds);
    return this;
  }

  abort() {
    this.aborted = true;
    this.emit("abort");
    this.destroy();
  }

  setNoDelay() {}

  setSocketKeepAlive() {}

  _final(callback) {
    this.finished = this.headersSent = true;
    callback();
    this.#send();
  }

  async #send() {
    const body = this.body();
    const request = { method: this.method.toLowerCase(), url: this.#url, headers: this.lines(), followRedirects: false };
    if (body.length > 0) request.body = new Binary(body);
    try {
      this.#deliver(await hostCall("http", request));
    } catch (error) {
      this.#end();
      if (!this.destroyed) this.destroy(socketError(error));
    }
  }

  #end() {
    this.#answered = true;
    clearTimeout(this.#timer);
  }

  #deliver(answer) {
    this.#end();
    if (this.destroyed) return;
    const message = new IncomingMessage(this.socket);
    message.req = this;
    this.res = message;
    message.fill(answer);
    message.once("end", () => this.emit("close"));
    if (!this.emit("response", message)) message.resume();
  }

  _destroy(error, callback) {
    this.#end();
    const hangUp = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    callback(this.res ? error : (error ?? hangUp));
  }
}

function abortError(signal) {
  return Object.assign(new Error("The operation was aborted", { cause: signal.reason }), {
    name: "AbortError",
    code: "ABORT_ERR",
  });
}
