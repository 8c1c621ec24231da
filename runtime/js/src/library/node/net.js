// The module `net`: its client side; the connection is the host's, which judges where it leads.
import { Duplex } from "stream";
import { Binary, hostCall } from "vestibule:core";
import { socketError } from "../../socket-errors.js";

const IPV4 = /^(?:\d{1,3}\.){3}\d{1,3}$/;

function endpointOf(args) {
  const callback = args.find((given) => typeof given === "function");
  const [first, second] = args;
  if (typeof first === "object" && first !== null) return { options: first, callback };
  if (typeof first === "string" && !/^\d+$/.test(first)) throw new Error("net: local sockets are not available");
  return { options: { port: first, host: typeof second === "string" ? second : undefined }, callback };
}

export class Socket extends Duplex {
  #handle;
  #timer;
  #timeout = 0;
  connecting = false;
  encrypted = false;
  bytesRead = 0;
  bytesWritten = 0;

  constructor(options = {}) {
    super({ allowHalfOpen: options.allowHalfOpen ?? false, autoDestroy: true, emitClose: true });
  }

  connect(...args) {
    const { options, callback } = endpointOf(args.flat());
    if (callback) this.once(this.connectEvent(), callback);
    this.connecting = true;
    this.#open(options);
    return this;
  }

  /** The event that says that data can be exchanged. */
  connectEvent() {
    return "connect";
  }

  /** What is asked of the host to have the connection; TLS asks for more. */
  openArguments(options) {
    return { host: `${options.host ?? "localhost"}`, port: Number(options.port) };
  }

  async #open(options) {
    try {
      this.take(await hostCall("net.connect", this.openArguments(options)));
    } catch (error) {
      this.connecting = false;
      this.destroy(socketError(error));
    }
  }

  /** Takes over a connection of the host. */
  take({ handle, address, port }) {
    this.#handle = handle;
    this.connecting = false;
    if (this.destroyed) return void this.#release();
    this.remoteAddress = address;
    this.remotePort = port;
    this.remoteFamily = `${address}`.includes(":") ? "IPv6" : "IPv4";
    this.emit("connect");
    if (this.connectEvent() !== "connect") this.emit(this.connectEvent());
    this.emit("ready");
    this.read(0);
  }

  /** Gives the connection away; this socket is nothing any more. */
  handOver() {
    const handle = this.#handle;
    this.#handle = undefined;
    return handle;
  }

  get pending() {
    return this.#handle === undefined;
  }

  get readyState() {
    if (this.connecting) return "opening";
    return this.#handle === undefined ? "closed" : "open";
  }

  async _read() {
    const handle = this.#handle;
    if (handle === undefined) return;
    try {
      const { data, end } = await hostCall("net.read", { handle });
      if (handle !== this.#handle || this.destroyed) return;
      this.#touch();
      if (end) return void this.push(null);
      this.bytesRead += data.position;
      this.push(Buffer.from(data.buffer.subarray(0, data.position)));
    } catch (error) {
      if (handle === this.#handle) this.destroy(socketError(error));
    }
  }

  async _write(chunk, encoding, callback) {
    if (this.connecting) return void this.once(this.connectEvent(), () => this._write(chunk, encoding, callback));
    try {
      await hostCall("net.write", { handle: this.#handle ?? 0, data: new Binary(chunk) });
      this.bytesWritten += chunk.length;
      this.#touch();
      callback();
    } catch (error) {
      callback(socketError(error));
    }
  }

  async _final(callback) {
    if (this.connecting) return void this.once(this.connectEvent(), () => this._final(callback));
    try {
      if (this.#handle !== undefined) await hostCall("net.end", { handle: this.#handle });
      callback();
    } catch (error) {
      callback(socketError(error));
    }
  }

  _destroy(error, callback) {
    clearTimeout(this.#timer);
    this.#release();
    callback(error);
  }

  #release() {
    const handle = this.handOver();
    if (handle !== undefined) hostCall("net.close", { handle }).catch(() => {});
  }

  setTimeout(milliseconds, callback) {
    this.#timeout = milliseconds;
    if (callback) this.once("timeout", callback);
    this.#touch();
    return this;
  }

  #touch() {
    clearTimeout(this.#timer);
    if (this.#timeout > 0) this.#timer = setTimeout(() => this.emit("timeout"), this.#timeout);
  }

  address() {
    return {};
  }

  destroySoon() {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once("finish", () => this.destroy());
  }

  ref() {
    return this;
  }

  setKeepAlive() {
    return this;
  }

  setNoDelay() {
    return this;
  }

  unref() {
    return this;
  }
}

export function connect(...args) {
  return new Socket(typeof args[0] === "object" ? args[0] : {}).connect(...args);
}

export const isIPv4 = (text) => IPV4.test(text) && text.split(".").every((part) => Number(part) < 256);
export const isIPv6 = (text) => `${text}`.includes(":") && URL.canParse(`http://[${`${text}`.replace(/%.*$/, "")}]/`);
export const isIP = (text) => (isIPv4(text) ? 4 : isIPv6(text) ? 6 : 0);

export function createServer() {
  throw new Error("net.createServer is not available: nothing can connect to a function");
}

export { Socket as Stream, connect as createConnection, createServer as Server };
export const getDefaultAutoSelectFamily = () => true;
export const setDefaultAutoSelectFamily = () => {};
