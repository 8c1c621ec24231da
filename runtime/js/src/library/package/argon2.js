// In the place of npm `argon2` 0.44, a native add-on: the same functions, computed by the host.
import { entropy, hostCall } from "vestibule:core";

export const argon2d = 0;
export const argon2i = 1;
export const argon2id = 2;
export const limits = {
  memoryCost: { min: 1024, max: 65536 },
  timeCost: { min: 1, max: 10 },
  parallelism: { min: 1, max: 16 },
};

const TYPES = ["d", "i", "id"];
const VERSION = 0x13;
const defaults = { hashLength: 32, timeCost: 3, memoryCost: 65536, parallelism: 4, type: argon2id };
const DIGEST = /^\$argon2(d|i|id)\$(?:v=(\d+)\$)?m=(\d+),t=(\d+),p=(\d+)(?:,[^$]*)?\$([^$]+)\$([^$]+)$/;

const unpadded = (bytes) => Buffer.from(bytes).toString("base64").replace(/=+$/, "");
const bytesOf = (value) => Buffer.from(value ?? "");

async function derive(password, salt, options) {
  if (options.secret?.length || options.associatedData?.length) {
    throw new Error("argon2: 'secret' and 'associatedData' are not available");
  }
  const { hashLength, timeCost, memoryCost, parallelism, type, version = VERSION } = options;
  const question = { password: bytesOf(password).toString("base64"), salt: salt.toString("base64") };
  const numbers = { hashLength, timeCost, memoryCost, parallelism, version };
  return Buffer.from(await hostCall("crypto.argon2", { ...question, ...numbers, type: TYPES[type] }), "base64");
}

export async function hash(password, given = {}) {
  const options = { ...defaults, ...given };
  const salt = Buffer.from(options.salt ?? entropy(16));
  const derived = await derive(password, salt, options);
  if (options.raw) return derived;
  const numbers = `m=${options.memoryCost},t=${options.timeCost},p=${options.parallelism}`;
  return `$argon2${TYPES[options.type]}$v=${options.version ?? VERSION}$${numbers}$${unpadded(salt)}$${unpadded(derived)}`;
}

function parse(digest) {
  const match = DIGEST.exec(digest);
  if (match === null) throw new TypeError("pchstr must contain a $ as first char");
  const [, type, version, memory, time, lanes, salt, derived] = match;
  const expected = Buffer.from(derived, "base64");
  const numbers = { memoryCost: Number(memory), timeCost: Number(time), parallelism: Number(lanes) };
  const options = { ...numbers, type: TYPES.indexOf(type), version: Number(version ?? 0x10), hashLength: expected.length };
  return { options, salt: Buffer.from(salt, "base64"), expected };
}

export async function verify(digest, password, given = {}) {
  const { options, salt, expected } = parse(digest);
  const derived = await derive(password, salt, { ...options, secret: given.secret });
  let difference = derived.length ^ expected.length;
  for (let i = 0; i < derived.length; i++) difference |= derived[i] ^ expected[i];
  return difference === 0;
}

export function needsRehash(digest, given = {}) {
  const wanted = { version: VERSION, ...defaults, ...given };
  const { options } = parse(digest);
  return ["version", "memoryCost", "timeCost"].some((name) => options[name] !== wanted[name]);
}
