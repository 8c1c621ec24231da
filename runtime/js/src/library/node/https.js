// The module `https`: its client side.
import { Agent as HttpAgent, ClientRequest } from "http";

class Agent extends HttpAgent {
  constructor(options) {
    super(options);
    this.protocol = "https:";
    this.defaultPort = 443;
  }
}

const globalAgent = new Agent({ keepAlive: true });

function request(...args) {
  return new ClientRequest("https:", globalAgent, args);
}

function get(...args) {
  return request(...args).end();
}

function createServer() {
  throw new Error("https.createServer is not available: a function answers by returning");
}

export { Agent, createServer, createServer as Server, get, globalAgent, request };
