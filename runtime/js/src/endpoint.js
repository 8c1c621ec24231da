// What the function of an HTTPS endpoint gets besides its request: the response it fills in (contract 6).
import { Binary } from "bson";
import { encode, encodeResult } from "./encode.js";
import { callFunction } from "./functions.js";
import { bytesOf } from "./encode-scalars.js";
import { OwnTypeError, isArray, isInteger } from "./primordials.js";
import { RESULT } from "./styles.js";

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]/;

function statusOf(given) {
  const status = +given;
  if (!isInteger(status) || status < 200 || status > 599) {
    throw new OwnTypeError("response.setStatusCode takes a whole number from 200 to 599");
  }
  return status;
}

function bodyOf(given) {
  if (given instanceof Binary) return given;
  const bytes = bytesOf(given);
  if (bytes !== undefined) return new Binary(bytes);
  if (typeof given === "object" && given !== null) {
    throw new OwnTypeError("response.setBody takes a string or BSON.Binary; make text of an object with JSON.stringify");
  }
  return given === undefined || given === null ? null : `${given}`;
}

function headerOf(name, given) {
  const value = `${given}`;
  if (!NAME.test(name)) throw new OwnTypeError(`'${name}' is not a valid name of a header`);
  if (FORBIDDEN_IN_VALUE.test(value)) throw new OwnTypeError(`the value of header '${name}' holds a line break`);
  return [`${name}`, value];
}

function headersOf(name, given) {
  const values = isArray(given) ? given : [given];
  const headers = [];
  for (let i = 0; i < values.length; i++) headers[i] = headerOf(name, values[i]);
  return headers;
}

/** A response as the function sees it, and as it was filled in: header lines in their order. */
function makeResponse() {
  const filled = { status: null, headers: [], body: null };
  const addHeader = (name, value) => {
    const headers = headersOf(name, value);
    for (let i = 0; i < headers.length; i++) filled.headers[filled.headers.length] = headers[i];
  };
  const removeHeader = (name) => {
    const kept = [];
    for (let i = 0; i < filled.headers.length; i++) {
      const line = filled.headers[i];
      if (line[0].toLowerCase() !== `${name}`.toLowerCase()) kept[kept.length] = line;
    }
    filled.headers = kept;
  };
  const response = {
    setStatusCode: (status) => void (filled.status = statusOf(status)),
    setBody: (body) => void (filled.body = bodyOf(body)),
    setHeader: (name, value) => {
      removeHeader(name);
      addHeader(name, value);
    },
    addHeader,
  };
  return { filled, response };
}

/** Runs an endpoint's function: Extended JSON of what it returned and of what it set. */
export async function callEndpoint(name, { query, headers, body }) {
  const { filled, response } = makeResponse();
  const returned = await encodeResult(await callFunction(name, [{ query, headers, body }, response]));
  return `{"response":${encode(filled, RESULT)},"returned":${returned}}`;
}
