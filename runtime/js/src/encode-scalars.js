// Extended JSON text of the values that hold no other values: numbers, dates, expressions, bytes.
import {
  OwnArrayBuffer,
  OwnClampedArray,
  OwnDataView,
  OwnRangeError,
  OwnUint8Array,
  bigintToText,
  bytesToBase64,
  isInteger,
  isSafeInteger,
  isoOf,
  sameValue,
  quote,
  stringifyJson,
  timeOf,
} from "./primordials.js";

const MAX_INT64 = 2n ** 63n - 1n;
const MIN_INT64 = -(2n ** 63n);
const YEAR_10000 = 253402300800000;

function encodeInteger(number, style) {
  if (style.integers === "byValue" && number === (number | 0)) return `{"$numberInt":"${number}"}`;
  const text = isSafeInteger(number) ? `${number}` : bigintToText(BigInt(number));
  return `{"$numberLong":"${text}"}`;
}

/** A number by the rules of the contract's section 1.9. */
export function encodeNumber(number, style) {
  const integral = isInteger(number) && !sameValue(number, -0);
  if (style.relaxed && number - number === 0) return integral ? `${number}` : stringifyJson(number);
  if (integral && number >= -(2 ** 63) && number < 2 ** 63) return encodeInteger(number, style);
  return `{"$numberDouble":"${sameValue(number, -0) ? "-0.0" : number}"}`;
}

/** A whole number as a double keeps a fraction in its text, as npm bson writes it. */
export function doubleText(number) {
  if (sameValue(number, -0)) return "-0.0";
  const text = `${number}`;
  return isInteger(number) && !text.includes("e") ? `${text}.0` : text;
}

/** A number of a type that is known, named as its wrapper. */
export function encodeTyped(number, type) {
  return `{"${type}":"${type === "$numberDouble" ? doubleText(number) : number}"}`;
}

/** A BigInt as a 64-bit integer. */
export function encodeBigint(bigint, style) {
  if (bigint > MAX_INT64 || bigint < MIN_INT64) {
    throw new OwnRangeError(`A BigInt outside of 64 bits has no place in BSON: ${bigintToText(bigint)}`);
  }
  const text = bigintToText(bigint);
  return style.relaxed ? text : `{"$numberLong":"${text}"}`;
}

/** A date; an invalid one is null, as in JSON. */
export function encodeDate(date, style) {
  const time = timeOf(date);
  if (time !== time) return "null";
  if (style.relaxed && time >= 0 && time < YEAR_10000) return `{"$date":"${isoOf(date)}"}`;
  return `{"$date":{"$numberLong":"${time}"}}`;
}

/** A regular expression with the flags that BSON knows. */
export function encodeRegExp(regExp) {
  let options = "";
  for (const flag of "imsu") if (regExp.flags.includes(flag)) options += flag;
  return `{"$regularExpression":{"pattern":${quote(regExp.source)},"options":"${options}"}}`;
}

/** Bytes as generic binary. */
export function encodeBytes(bytes) {
  return `{"$binary":{"base64":"${bytesToBase64(bytes)}","subType":"00"}}`;
}

/** Bytes of a buffer or a view of single bytes; undefined for anything else. */
export function bytesOf(object) {
  if (object instanceof OwnUint8Array) return object;
  if (object instanceof OwnArrayBuffer) return new OwnUint8Array(object);
  if (object instanceof OwnDataView || object instanceof OwnClampedArray) {
    return new OwnUint8Array(object.buffer, object.byteOffset, object.byteLength);
  }
  return undefined;
}
