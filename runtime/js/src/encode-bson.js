// Extended JSON text of BSON objects.
import { MaxKeyFunction, MinKeyFunction } from "./bson-types.js";
import { doubleText, encodeNumber } from "./encode-scalars.js";
import { bytesToBase64, objectKeys, quote } from "./primordials.js";

const bsonType = Symbol.for("@@mdb.bson.type");

function twoDigits(subType) {
  const text = subType.toString(16);
  return text.length === 1 ? `0${text}` : text;
}

function encodeCode(code, encoder) {
  const scope = code.scope ? `,"$scope":${encoder.value(code.scope)}` : "";
  return `{"$code":${quote(`${code.code}`)}${scope}}`;
}

function encodeReference(reference, encoder) {
  let text = `{"$ref":${quote(`${reference.collection}`)},"$id":${encoder.value(reference.oid) ?? "null"}`;
  if (reference.db) text += `,"$db":${quote(`${reference.db}`)}`;
  for (const key of objectKeys(reference.fields ?? {})) {
    text += `,${quote(key)}:${encoder.value(reference.fields[key]) ?? "null"}`;
  }
  return `${text}}`;
}

function encodeDouble(double, style) {
  const number = +double.value;
  return style.relaxed ? encodeNumber(number, style) : `{"$numberDouble":"${doubleText(number)}"}`;
}

function encodeBinary(binary) {
  const base64 = bytesToBase64(binary.buffer.subarray(0, binary.position));
  return `{"$binary":{"base64":"${base64}","subType":"${twoDigits(binary.sub_type)}"}}`;
}

const writers = {
  __proto__: null,
  ObjectId: (value) => `{"$oid":${quote(`${value.toHexString()}`)}}`,
  Int32: (value, { style }) => (style.relaxed ? `${+value.value | 0}` : `{"$numberInt":"${+value.value | 0}"}`),
  Double: (value, { style }) => encodeDouble(value, style),
  Long: (value, { style }) => (style.relaxed ? value.toString() : `{"$numberLong":"${value.toString()}"}`),
  Decimal128: (value) => `{"$numberDecimal":"${value.toString()}"}`,
  Binary: encodeBinary,
  BSONRegExp: (value) => `{"$regularExpression":{"pattern":${quote(value.pattern)},"options":${quote(value.options)}}}`,
  Timestamp: (value) => `{"$timestamp":{"t":${value.high >>> 0},"i":${value.low >>> 0}}}`,
  BSONSymbol: (value) => `{"$symbol":${quote(value.value)}}`,
  Code: encodeCode,
  DBRef: encodeReference,
  DBPointer: (value, encoder) => `{"$dbPointer":{"$ref":${quote(`${value.$ref}`)},"$id":${encoder.value(value.$id)}}}`,
  MinKey: () => '{"$minKey":1}',
  MaxKey: () => '{"$maxKey":1}',
};

/** Whether a function is `BSON.MinKey` or `BSON.MaxKey`, which stand for their own value. */
export function isBareKey(value) {
  return value === MinKeyFunction || value === MaxKeyFunction;
}

/** Text of a BSON object, or of a bare `BSON.MinKey` or `BSON.MaxKey`. */
export function encodeBson(value, encoder) {
  if (value === MinKeyFunction) return writers.MinKey();
  if (value === MaxKeyFunction) return writers.MaxKey();
  const write = writers[value[bsonType]];
  if (write === undefined) throw new TypeError(`Unknown BSON type '${String(value[bsonType])}'`);
  return write(value, encoder);
}
