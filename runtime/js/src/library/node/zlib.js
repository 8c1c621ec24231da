// The module `zlib`, over pako; Brotli and Zstandard are not there.
import { Transform } from "stream";
import { Deflate, Inflate } from "pako";

const constants = {
  Z_NO_FLUSH: 0,
  Z_PARTIAL_FLUSH: 1,
  Z_SYNC_FLUSH: 2,
  Z_FULL_FLUSH: 3,
  Z_FINISH: 4,
  Z_OK: 0,
  Z_STREAM_END: 1,
  Z_BUF_ERROR: -5,
  Z_NO_COMPRESSION: 0,
  Z_BEST_SPEED: 1,
  Z_BEST_COMPRESSION: 9,
  Z_DEFAULT_COMPRESSION: -1,
  Z_DEFAULT_STRATEGY: 0,
  Z_DEFAULT_WINDOWBITS: 15,
  Z_MIN_WINDOWBITS: 8,
  Z_MAX_WINDOWBITS: 15,
  Z_DEFAULT_CHUNK: 16384,
  BROTLI_OPERATION_PROCESS: 0,
  BROTLI_OPERATION_FLUSH: 1,
  BROTLI_OPERATION_FINISH: 2,
};
/** Bytes that come out at most, unless told otherwise: more is a bomb. */
const LARGEST = 64 * 1024 * 1024;

const kinds = {
  Deflate: { compresses: true, options: {} },
  DeflateRaw: { compresses: true, options: { raw: true } },
  Gzip: { compresses: true, options: { gzip: true } },
  Inflate: { options: {} },
  InflateRaw: { options: { raw: true } },
  Gunzip: { options: {} },
  Unzip: { options: {} },
};

function fail(problem, code) {
  return Object.assign(new Error(problem || "unexpected end of file"), { code, errno: constants[code] ?? -3 });
}

function pakoOptions(options, own) {
  const given = { ...own };
  for (const name of ["level", "windowBits", "memLevel", "strategy", "dictionary"]) {
    if (options[name] !== undefined) given[name] = options[name];
  }
  return given;
}

/** One compression or its undoing, fed piece by piece; `take` gets what comes out. */
function engineOf(kind, options, take) {
  const { compresses, options: own } = kinds[kind];
  const engine = new (compresses ? Deflate : Inflate)(pakoOptions(options, own));
  const largest = options.maxOutputLength ?? LARGEST;
  let length = 0;
  engine.onData = (chunk) => {
    length += chunk.length;
    if (length > largest) throw Object.assign(new RangeError("Cannot create a larger Buffer"), { code: "ERR_BUFFER_TOO_LARGE" });
    take(Buffer.from(chunk));
  };
  engine.onEnd = () => {};
  return {
    push(chunk, last) {
      engine.push(chunk, last ? constants.Z_FINISH : constants.Z_NO_FLUSH);
      if (engine.err) throw fail(engine.msg, engine.err === constants.Z_BUF_ERROR ? "Z_BUF_ERROR" : "Z_DATA_ERROR");
      if (last && !compresses && !engine.ended) throw fail("unexpected end of file", "Z_BUF_ERROR");
    },
  };
}

class Zlib extends Transform {
  #engine;

  constructor(kind, options = {}) {
    super(options);
    this.#engine = engineOf(kind, options, (chunk) => this.push(chunk));
    this.bytesWritten = 0;
  }

  _transform(chunk, encoding, callback) {
    this.bytesWritten += chunk.length;
    this.#attempt(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk, encoding), false, callback);
  }

  _flush(callback) {
    this.#attempt(new Uint8Array(0), true, callback);
  }

  #attempt(chunk, last, callback) {
    try {
      this.#engine.push(chunk, last);
    } catch (error) {
      return void callback(error);
    }
    callback();
  }

  close(callback) {
    if (callback) this.once("close", callback);
    this.destroy();
  }
}

const bytesOf = (data) => {
  if (typeof data === "string") return Buffer.from(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
};

function atOnce(kind, data, options = {}) {
  const chunks = [];
  engineOf(kind, options, (chunk) => chunks.push(chunk)).push(bytesOf(data), true);
  return Buffer.concat(chunks);
}

function later(kind, data, ...rest) {
  const callback = rest.at(-1);
  queueMicrotask(() => {
    let result;
    try {
      result = atOnce(kind, data, typeof rest[0] === "object" ? rest[0] : {});
    } catch (error) {
      return callback(error);
    }
    callback(null, result);
  });
}

const lowered = (name) => name[0].toLowerCase() + name.slice(1);
const zlib = { constants, codes: {}, ...constants };
for (const kind of Object.keys(kinds)) {
  const Kind = class extends Zlib {
    constructor(options) {
      super(kind, options);
    }
  };
  Object.defineProperty(Kind, "name", { value: kind });
  zlib[kind] = Kind;
  zlib[`create${kind}`] = (options) => new Kind(options);
  zlib[`${lowered(kind)}Sync`] = (data, options) => atOnce(kind, data, options);
  zlib[lowered(kind)] = (data, ...rest) => later(kind, data, ...rest);
}

for (const name of ["brotliCompress", "brotliDecompress", "zstdCompress", "zstdDecompress"]) {
  zlib[name] = zlib[`${name}Sync`] = () => {
    throw new Error(`zlib.${name} is not available in a function`);
  };
}

export default zlib;
