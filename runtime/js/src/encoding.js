// The globals TextEncoder and TextDecoder, for UTF-8.
import { OwnArrayBuffer, OwnRangeError, OwnTypeError, OwnUint8Array, defineGlobal, isView } from "./primordials.js";
import { utf8Decode, utf8Encode, utf8EncodeInto } from "./utf8.js";

const UTF8_LABEL = /^\s*(?:utf-?8|unicode-1-1-utf-8)\s*$/i;

export class TextEncoder {
  get encoding() {
    return "utf-8";
  }

  encode(text = "") {
    return utf8Encode(`${text}`);
  }

  encodeInto(text, bytes) {
    return utf8EncodeInto(`${text}`, bytes);
  }
}

function viewOf(input) {
  if (input === undefined) return new OwnUint8Array(0);
  if (input instanceof OwnArrayBuffer) return new OwnUint8Array(input);
  if (isView(input)) return new OwnUint8Array(input.buffer, input.byteOffset, input.byteLength);
  throw new OwnTypeError("TextDecoder.decode takes a buffer or a view of one");
}

const hasMark = (bytes) => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

export class TextDecoder {
  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    if (!UTF8_LABEL.test(label)) throw new OwnRangeError(`The encoding '${label}' is not supported, only utf-8 is`);
    this.fatal = fatal;
    this.ignoreBOM = ignoreBOM;
  }

  get encoding() {
    return "utf-8";
  }

  decode(input) {
    const bytes = viewOf(input);
    const start = !this.ignoreBOM && hasMark(bytes) ? 3 : 0;
    return utf8Decode(bytes, start, bytes.length, this.fatal);
  }
}

defineGlobal("TextEncoder", TextEncoder);
defineGlobal("TextDecoder", TextDecoder);
