// Typed arrays, ArrayBuffers and lengths: resized, detached, huge, negative, not a number.

// @ an ArrayBuffer that is resized while it is read
exports = () => { if (!ArrayBuffer.prototype.resize) return "nothing"; const buffer = new ArrayBuffer(8, { maxByteLength: 1 << 20 }); const view = new Uint8Array(buffer); const read = []; for (const byte of view) { buffer.resize(buffer.byteLength === 8 ? 1 << 20 : 0); read.push(byte); if (read.length > 10) break; } return read.length; };

// @ an ArrayBuffer that shrinks in a sort callback
exports = () => { const buffer = new ArrayBuffer(1024, { maxByteLength: 2048 }); const view = new Uint8Array(buffer); view.sort((a, b) => { buffer.resize(0); return a - b; }); return evidence(view.length && "stale"); };

// @ an ArrayBuffer that shrinks in valueOf of fill
exports = () => { const buffer = new ArrayBuffer(1024, { maxByteLength: 2048 }); const view = new Uint8Array(buffer); view.fill({ valueOf() { buffer.resize(0); return 65; } }); return evidence(view[0]); };

// @ an ArrayBuffer transferred in valueOf of set
exports = () => { const buffer = new ArrayBuffer(64); const view = new Uint8Array(buffer); view.set([{ valueOf() { buffer.transfer?.(0); return 65; } }, 66, 67], 61); return evidence(view[62]); };

// @ an ArrayBuffer detached in slice
exports = () => { const buffer = new ArrayBuffer(1 << 16); const view = new Uint8Array(buffer).fill(1); const cut = view.slice({ valueOf() { buffer.transfer?.(); return 0; } }); return evidence(cut.some((byte) => byte > 1) && "foreign bytes"); };

// @ a species constructor that gives a shorter array
exports = () => { class Short extends Uint8Array { static get [Symbol.species]() { return function () { return new Uint8Array(1); }; } } try { return new Short(1024).map((_, i) => i).length; } catch (error) { return error.name; } };

// @ copyWithin on a shrinking buffer
exports = () => { const buffer = new ArrayBuffer(4096, { maxByteLength: 8192 }); const view = new Uint8Array(buffer); view.copyWithin({ valueOf() { buffer.resize(16); return 0; } }, 2048, 4096); return view.length; };

// @ a DataView beyond its shrunken buffer
exports = () => { const buffer = new ArrayBuffer(4096, { maxByteLength: 8192 }); const view = new DataView(buffer, 1024); buffer.resize(8); try { return evidence(view.getUint32(0)); } catch { return "nothing"; } };

// @ subarray, then shrink, then includes and indexOf
exports = () => { const buffer = new ArrayBuffer(4096, { maxByteLength: 8192 }); const part = new Uint8Array(buffer).subarray(2048); return evidence(part.includes({ valueOf() { buffer.resize(0); return 0; } }) && part.indexOf(undefined) !== -1 && "stale"); };

// @ fresh buffers hold no bytes of others
exports = () => { const found = []; for (let i = 0; i < 20; i++) { const bytes = [new Uint8Array(5000), Buffer.allocUnsafe(5000)]; if (bytes.some((made) => made.some((byte) => byte))) found.push(i); } return evidence(found.length && "bytes"); };

// @ absurd lengths
exports = () => { const got = []; for (const length of [-1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, NaN, Infinity, -Infinity, 1.5, "1e9", {}]) { for (const make of [(n) => new ArrayBuffer(n), (n) => new Uint8Array(n), (n) => new Float64Array(n), (n) => Buffer.alloc(n), (n) => "x".repeat(n), (n) => new Array(n).fill(0), (n) => "x".padEnd(n)]) { try { got.push(make(length).length); } catch (error) { got.push(error.name); } } } return got.length; };

// @ a forged length on an array-like argument
exports = async () => { const answers = []; for (const length of [-1, 2 ** 32, 2 ** 53, NaN, "x"]) { try { answers.push(Array.prototype.concat.call([], { length, [Symbol.isConcatSpreadable]: true }).length); } catch (error) { answers.push(error.name); } } return answers.length; };

// @ an array with a length of four billion as result
exports = () => { const list = []; list.length = 2 ** 32 - 1; return list; };

// @ a sparse array as result
exports = () => { const list = [1]; list[2 ** 31] = 2; return list; };

// @ a sparse array as an argument of a host call
exports = async () => { const list = []; list[2 ** 31] = 1; return (await context.http.get({ url: "x", query: { list } })).status; };

// @ host randomness of absurd lengths
exports = () => { const crypto = require("crypto"); const got = []; for (const length of [-1, 2 ** 31, 2 ** 53, NaN, Infinity, "9", {}]) { try { got.push(crypto.randomBytes(length).length); } catch (error) { got.push(error.name); } } return got.length; };

// @ host key derivation of absurd parameters
exports = () => { const crypto = require("crypto"); const got = []; for (const [rounds, length] of [[-1, 1], [2 ** 31, 16], [1, 2 ** 31], [1, -1], [NaN, 1], [1, NaN], [1e15, 1e15]]) { try { got.push(crypto.pbkdf2Sync("a", "b", rounds, length, "sha256").length); } catch (error) { got.push(error.name); } } return got.length; };

// @ host scrypt of absurd parameters
exports = () => { const crypto = require("crypto"); const got = []; for (const options of [{ N: 2 ** 30 }, { r: 2 ** 30 }, { p: 2 ** 30 }, { N: -1 }, { N: 3 }, { maxmem: Infinity, N: 2 ** 25 }]) { try { got.push(crypto.scryptSync("a", "b", 32, options).length); } catch (error) { got.push(error.name); } } return got.length; };

// @ TextDecoder and atob on hostile bytes
exports = () => { const bytes = new Uint8Array(1e5).map((_, i) => i * 31); const got = [new TextDecoder().decode(bytes).length]; for (const text of ["=", "a", "\0", "é", "a".repeat(1e5)]) { try { got.push(atob(text).length); } catch (error) { got.push(error.name); } } return got.length; };

// @ structuredClone of what cannot be cloned
exports = () => { const got = []; for (const thing of [() => 1, Symbol("x"), new Proxy({}, {}), new WeakMap(), { get x() { throw new Error("x"); } }]) { try { structuredClone(thing); got.push("cloned"); } catch (error) { got.push(error.name); } } return got.length; };
