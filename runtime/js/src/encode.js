// JavaScript values to Extended JSON text: what leaves a function.
import { Cursor } from "./cursor.js";
import { encodeBson, isBareKey } from "./encode-bson.js";
import {
  bytesOf,
  encodeBigint,
  encodeBytes,
  encodeDate,
  encodeNumber,
  encodeRegExp,
  encodeTyped,
} from "./encode-scalars.js";
import { MAX_DEPTH, lengths } from "./limits.js";
import { typeOfBare, typesIn } from "./origins.js";
import {
  OwnDate,
  OwnError,
  OwnMap,
  OwnPromise,
  OwnRangeError,
  OwnRegExp,
  OwnSet,
  OwnTypeError,
  getPrototypeOf,
  isArray,
  isView,
  mapEntries,
  objectKeys,
  objectPrototype,
  setOwn,
  setValues,
  quote,
} from "./primordials.js";
import { RESULT } from "./styles.js";

const bsonType = Symbol.for("@@mdb.bson.type");

function isPending(object) {
  return object instanceof OwnPromise || object instanceof Cursor || typeof object.then === "function";
}

/** Whether an object is nothing but its members. */
function isOrdinary(object) {
  const prototype = getPrototypeOf(object);
  if (prototype !== objectPrototype && prototype !== null) return false;
  if (object.then !== undefined || object.toJSON !== undefined || object.toBSON !== undefined) return false;
  return object[bsonType] === undefined;
}

function membersOfMap(map) {
  const members = {};
  for (const [key, value] of mapEntries(map)) setOwn(members, String(key), value);
  return members;
}

/** An error's message and name are not enumerable, and yet what is wanted of it. */
function membersOfError(error) {
  const members = { message: `${error.message}`, name: `${error.name}` };
  for (const key of objectKeys(error)) {
    if (key !== "stack") setOwn(members, key, error[key]);
  }
  return members;
}

function refuse(path) {
  for (let i = 0; i < path.length; i++) {
    for (let j = i + 1; j < path.length; j++) {
      if (path[i] === path[j]) throw new OwnTypeError("A cyclic structure cannot become Extended JSON");
    }
  }
  throw new OwnRangeError(`A value nested deeper than ${MAX_DEPTH} levels cannot become Extended JSON`);
}

/** What is thrown where a text would be longer than it may be. */
export class TooLong extends OwnRangeError {}

/** One walk over one value: keeps the way down, to tell a cycle from mere depth, and how much may still be written. */
class Encoder {
  constructor(style, settled, room) {
    this.style = style;
    this.room = room;
    this.settled = settled;
    this.pending = [];
    this.path = [];
  }

  /** Text of a value; undefined where the value has no place in JSON (undefined, function, symbol). */
  value(value) {
    switch (typeof value) {
      case "string":
        this.spend(value.length);
        return quote(value);
      case "number":
        return encodeNumber(value, this.style);
      case "boolean":
        return value ? "true" : "false";
      case "object":
        if (value === null) return "null";
        if (isArray(value)) return this.array(value);
        return isOrdinary(value) ? this.members(value) : this.special(value);
      case "bigint":
        return encodeBigint(value, this.style);
      case "function":
        return isBareKey(value) ? encodeBson(value, this) : undefined;
      case "undefined":
        return this.style.undefinedAsNull ? "null" : undefined;
      default:
        return undefined;
    }
  }

  special(object) {
    if (object[bsonType] !== undefined) return encodeBson(object, this);
    if (object instanceof OwnDate) return encodeDate(object, this.style);
    if (this.settled !== undefined && isPending(object)) return this.promised(object);
    return this.builtin(object) ?? this.converted(object);
  }

  builtin(object) {
    if (object instanceof OwnRegExp) return encodeRegExp(object);
    if (object instanceof OwnMap) return this.members(membersOfMap(object));
    if (object instanceof OwnSet) return this.array([...setValues(object)]);
    if (object instanceof OwnError) return this.members(membersOfError(object));
    const bytes = bytesOf(object);
    if (bytes !== undefined) {
      this.spend(bytes.length);
      return encodeBytes(bytes);
    }
    return isView(object) ? this.array([...object]) : undefined;
  }

  converted(object) {
    if (typeof object.toBSON === "function") return this.value(object.toBSON());
    if (typeof object.toJSON === "function") return this.value(object.toJSON());
    if (object instanceof Number || object instanceof String || object instanceof Boolean) {
      return this.value(object.valueOf());
    }
    return this.members(object);
  }

  /** Text of a value that no object holds: a number has the type that one of its value came in alone with. */
  alone(value) {
    const type = typeof value === "number" ? typeOfBare(value) : undefined;
    return type === undefined ? this.value(value) : encodeTyped(value, type);
  }

  promised(promise) {
    for (let i = 0; i < this.settled.length; i++) {
      if (this.settled[i].promise === promise) return this.alone(this.settled[i].value);
    }
    this.pending[this.pending.length] = promise;
    return "null";
  }

  /** The noted types of an object's numbers, where this style writes what a number is. */
  types(object) {
    return this.style.integers === "byValue" && !this.style.relaxed ? typesIn(object) : undefined;
  }

  /** Text of a member: a number that is still the one that came in has the type that it came with. */
  member(value, noted) {
    return noted !== undefined && value === noted.number ? encodeTyped(value, noted.type) : this.value(value);
  }

  /** Nesting is the author's to choose, so a level takes two frames of the engine's stack: `value` and this. */
  array(array) {
    this.spend(2 * array.length);
    this.descend(array);
    const types = this.types(array);
    let text = "[";
    for (let i = 0; i < array.length; i++) {
      const element = types === undefined ? this.value(array[i]) : this.member(array[i], types[i]);
      text += (i ? "," : "") + (element ?? "null");
    }
    this.path.length--;
    return `${text}]`;
  }

  members(object) {
    this.descend(object);
    const keys = objectKeys(object);
    const types = this.types(object);
    this.spend(4 * keys.length);
    let text = "";
    for (let i = 0; i < keys.length; i++) {
      const value = object[keys[i]];
      const member = types === undefined ? this.value(value) : this.member(value, types[keys[i]]);
      if (member !== undefined) text += `${text && ","}${quote(keys[i])}:${member}`;
    }
    this.path.length--;
    return `{${text}}`;
  }

  /** Takes the least that something needs out of the room there is. */
  spend(characters) {
    this.room -= characters;
    if (this.room < 0) throw new TooLong("A value too long to be written as Extended JSON");
  }

  descend(object) {
    const { path } = this;
    if (path.length > MAX_DEPTH) refuse(path);
    path[path.length] = object;
  }
}

const NOTHING = '{"$undefined":true}';

/** Text of a value that holds no promises, or whose promises are to be taken for plain objects. */
export function encode(value, style, room = Infinity) {
  return new Encoder(style, undefined, room).value(value) ?? NOTHING;
}

/**
 * Text of a function's result, or a promise of it: promises and cursors anywhere inside the result are awaited and
 * replaced. Most results hold none, and waiting for nothing is not for nothing.
 */
export function encodeResult(value) {
  const encoder = new Encoder(RESULT, [], lengths.result);
  const text = encoder.alone(value) ?? NOTHING;
  return encoder.pending.length === 0 ? text : encodeSettled(value, encoder.pending);
}

async function encodeSettled(value, pending) {
  const settled = [];
  for (;;) {
    await settle(pending, settled);
    const encoder = new Encoder(RESULT, settled, lengths.result);
    const text = encoder.alone(value) ?? NOTHING;
    if (encoder.pending.length === 0) return text;
    pending = encoder.pending;
  }
}

/** All are waited for together, so that none of them rejects unheard while another is still on its way. */
async function settle(pending, settled) {
  const read = async (promise) => ({ promise, value: await (promise instanceof Cursor ? promise.toArray() : promise) });
  const reads = [];
  for (let i = 0; i < pending.length; i++) reads[i] = read(pending[i]);
  for (let i = 0; i < reads.length; i++) settled[settled.length] = await reads[i];
}
