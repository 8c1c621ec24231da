// Everything a function finds without asking for it. The first two are needed by npm bson and buffer as they load.
import "./entropy.js";
import "./encoding.js";
import { Buffer } from "buffer";
import { AbortController, AbortSignal } from "./abort.js";
import { Blob, File, FormData } from "./blob.js";
import { BSON } from "./bson-types.js";
import { console } from "./console.js";
import { CustomEvent, DOMException, Event, EventTarget } from "./event-target.js";
import { Request, Response, fetch } from "./fetch.js";
import { Headers } from "./headers.js";
import { EJSON } from "./ejson.js";
import { defineGlobal, objectEntries } from "./primordials.js";
import { performance } from "./performance.js";
import { process } from "./process.js";
import { linksFrom, makeRequire } from "./modules.js";
import { URLSearchParams } from "./search-params.js";
import { structuredClone } from "./structured-clone.js";
import { timers } from "./timers.js";
import { URL } from "./url.js";
import { utils } from "./utils.js";
import { CryptoKey, subtle } from "./web-crypto.js";
import { nodeCrypto } from "./node-crypto.js";

const globals = {
  AbortController,
  AbortSignal,
  BSON,
  Blob,
  Buffer,
  CryptoKey,
  CustomEvent,
  DOMException,
  EJSON,
  Event,
  EventTarget,
  File,
  FormData,
  Headers,
  Request,
  Response,
  URL,
  URLSearchParams,
  console,
  fetch,
  global: globalThis,
  performance,
  process,
  require: makeRequire(linksFrom({})),
  structuredClone,
  utils,
  ...timers,
};

for (const [name, value] of objectEntries(globals)) defineGlobal(name, value);
globalThis.crypto.subtle = subtle;
Object.assign(nodeCrypto, { subtle, webcrypto: globalThis.crypto });
