// The BSON constructors as authors call them: with or without `new`, and with what App Services added.
import {
  BSONRegExp,
  BSONSymbol,
  Binary,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from "bson";
import { base64ToBytes, bytesToBase64, bytesToHex, defineProperty, hexToBytes, setPrototypeOf } from "./primordials.js";
import { utf8Decode, utf8Encode } from "./utf8.js";

/** A function that makes instances of a class and is, for `instanceof` and static members, that class. */
function callable(Class, make = (given) => new Class(...given)) {
  function construct(...given) {
    return make(given);
  }
  defineProperty(construct, "name", { value: Class.name, configurable: true });
  construct.prototype = Class.prototype;
  setPrototypeOf(construct, Class);
  defineProperty(Class.prototype, "constructor", { value: construct, writable: true, configurable: true });
  return construct;
}

/** As `callable`, where no arguments mean zero. */
const numeric = (Class) => callable(Class, (given) => new Class(given.length === 0 ? 0 : given[0]));

function bytesOf(binary) {
  return binary.buffer.subarray(0, binary.position);
}

function defineMethods(target, methods) {
  for (const name of Object.keys(methods)) {
    defineProperty(target, name, { value: methods[name], writable: true, configurable: true });
  }
}

defineMethods(Binary.prototype, {
  toHex() {
    return bytesToHex(bytesOf(this));
  },
  toBase64() {
    return bytesToBase64(bytesOf(this));
  },
  text() {
    return utf8Decode(this.buffer, 0, this.position);
  },
});

defineMethods(Binary, {
  fromHex: (hex, subType) => new Binary(hexToBytes(hex), subType),
  fromBase64: (base64, subType) => new Binary(base64ToBytes(base64, { lastChunkHandling: "strict" }), subType),
  fromText: (text, subType) => new Binary(utf8Encode(`${text}`), subType),
});

/** What App Services called `BSON.MinKey`: a constructor that also stands for the value itself. */
export const MinKeyFunction = callable(MinKey);
/** What App Services called `BSON.MaxKey`. */
export const MaxKeyFunction = callable(MaxKey);

const objectId = callable(ObjectId);
const symbol = callable(BSONSymbol);

/** The global `BSON`. */
export const BSON = {
  BSONRegExp: callable(BSONRegExp),
  BSONSymbol: symbol,
  Binary: callable(Binary),
  Code: callable(Code),
  DBRef: callable(DBRef),
  Decimal128: callable(Decimal128),
  Double: numeric(Double),
  Int32: numeric(Int32),
  Long: callable(Long),
  MaxKey: MaxKeyFunction,
  MinKey: MinKeyFunction,
  ObjectID: objectId,
  ObjectId: objectId,
  Symbol: symbol,
  Timestamp: callable(Timestamp),
  UUID: callable(UUID),
};
