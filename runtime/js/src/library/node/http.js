// The module `http`: its client side; each request is one call of the host, which judges where it leads.
import { METHODS, STATUS_CODES } from "../../http-names.js";
import { Agent, ClientRequest, IncomingMessage, OutgoingMessage } from "../../client-request.js";

const globalAgent = new Agent({ keepAlive: true });

function request(...args) {
  return new ClientRequest("http:", globalAgent, args);
}

function get(...args) {
  return request(...args).end();
}

function createServer() {
  throw new Error("http.createServer is not available: a function answers by returning");
}

const validateHeaderName = () => {};
const maxHeaderSize = 65536;

export { Agent, ClientRequest, IncomingMessage, METHODS, OutgoingMessage, STATUS_CODES };
export { createServer, get, globalAgent, maxHeaderSize, request, validateHeaderName };
export { createServer as Server, validateHeaderName as validateHeaderValue, OutgoingMessage as ServerResponse };
