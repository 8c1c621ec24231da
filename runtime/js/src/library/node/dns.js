// The module `dns`: names are looked up by the host, which also judges where they lead, when something connects.
function refuse(name) {
  return function refused() {
    throw new Error(`dns.${name} is not available: a function reaches hosts by their names`);
  };
}

const isAddress = (name) => /^[\d.]+$|:/.test(name);

/** Node's callers hand what this gives to `net.connect`, which takes the name as well as an address. */
function lookup(hostname, ...rest) {
  const callback = rest.at(-1);
  const options = typeof rest[0] === "object" ? rest[0] : {};
  const family = isAddress(hostname) && hostname.includes(":") ? 6 : 4;
  const answer = options.all ? [[{ address: hostname, family }]] : [hostname, family];
  queueMicrotask(() => callback(null, ...answer));
}

const names = ["reverse", "lookupService", "resolve", "resolve4", "resolve6", "resolveAny", "resolveCname"];
names.push("resolveMx", "resolveNs", "resolvePtr", "resolveSoa", "resolveSrv", "resolveTxt");
const refusals = Object.fromEntries(names.map((name) => [name, refuse(name)]));
class Resolver {}
Object.assign(Resolver.prototype, refusals);
const promises = {
  ...refusals,
  lookup: async (hostname, options) => (options?.all ? [{ address: hostname, family: 4 }] : { address: hostname, family: 4 }),
};

export default {
  ...refusals,
  ADDRCONFIG: 32,
  Resolver,
  V4MAPPED: 8,
  getServers: () => [],
  lookup,
  promises,
  setDefaultResultOrder() {},
  setServers() {},
};
