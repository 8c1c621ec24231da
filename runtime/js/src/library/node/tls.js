// The module `tls`: its client side; the host speaks TLS, and checks certificates unless told not to.
import { Socket, isIP } from "net";
import { hostCall } from "vestibule:core";
import { socketError } from "../../socket-errors.js";

class TLSSocket extends Socket {
  encrypted = true;
  authorized = false;
  authorizationError = null;
  alpnProtocol = false;
  #cipher;
  #options;
  #protocol = null;

  constructor(options = {}) {
    super(options);
    this.#options = options;
  }

  connectEvent() {
    return "secureConnect";
  }

  openArguments(options) {
    const host = `${options.host ?? "localhost"}`;
    const servername = options.servername ?? (isIP(host) ? "" : host);
    return { ...super.openArguments(options), tls: true, servername, verify: options.rejectUnauthorized !== false };
  }

  /** Goes on, encrypted, with the connection of a socket that was in the clear so far. */
  async upgrade(socket) {
    this.connecting = true;
    const { host, servername = host ?? "", rejectUnauthorized } = this.#options;
    const handle = socket.handOver();
    try {
      const verify = rejectUnauthorized !== false;
      this.take({ ...(await hostCall("net.secure", { handle, servername: `${servername}`, verify })), handle });
    } catch (error) {
      this.connecting = false;
      this.destroy(socketError(error));
    }
  }

  take(connection) {
    this.#cipher = connection.cipher;
    this.#protocol = connection.protocol;
    this.authorized = this.#options.rejectUnauthorized !== false;
    super.take(connection);
  }

  getCipher() {
    return { name: this.#cipher, standardName: this.#cipher, version: this.#protocol };
  }

  getPeerCertificate() {
    return {};
  }

  getProtocol() {
    return this.#protocol;
  }

  getSession() {
    return undefined;
  }

  isSessionReused() {
    return false;
  }

  setServername() {}
}

function connect(...args) {
  const callback = args.find((given) => typeof given === "function");
  const options = args.find((given) => typeof given === "object" && given !== null) ?? {};
  if (typeof args[0] !== "object") Object.assign(options, { port: args[0] });
  if (typeof args[1] === "string") options.host = args[1];
  const socket = new TLSSocket(options);
  if (!options.socket) return socket.connect(options, callback);
  if (callback) socket.once("secureConnect", callback);
  socket.upgrade(options.socket);
  return socket;
}

function createServer() {
  throw new Error("tls.createServer is not available: nothing can connect to a function");
}

const createSecureContext = (options = {}) => ({ context: options });
const DEFAULT_MIN_VERSION = "TLSv1.2";
const DEFAULT_MAX_VERSION = "TLSv1.3";
const rootCertificates = [];
const checkServerIdentity = () => undefined;

export { DEFAULT_MAX_VERSION, DEFAULT_MIN_VERSION, TLSSocket, checkServerIdentity, connect, createSecureContext };
export { createServer, createServer as Server, rootCertificates };
