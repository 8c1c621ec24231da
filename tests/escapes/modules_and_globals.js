// Node's powers by name: what App Services' own sandbox, n8n and vm2 leaked through modules and globals.

// @ require of what reaches the machine
exports = () => {
  for (const name of ["fs", "child_process", "vm", "worker_threads", "cluster", "module", "inspector", "v8", "repl", "wasi"]) {
    try {
      const found = require(name);
      const works = found.readFileSync ?? found.execSync ?? found.spawn ?? found.Script ?? found.Worker ?? found.fork ?? found._load;
      if (typeof works === "function") works("/etc/passwd");
      else continue;
      return evidence(name);
    } catch {}
  }
  return "nothing";
};

// @ require.main, require.cache, require.extensions
exports = () => evidence(require.main?.require?.("fs")?.readFileSync ?? require.extensions?.[".js"] ?? (typeof module === "object" && module.constructor._load));

// @ paths in require
exports = () => {
  for (const path of ["/etc/passwd", "../../../etc/passwd", "file:///etc/passwd", "./f", "../server/app.py", "\0fs", "node:fs\0"]) {
    try {
      return evidence(require(path) && path);
    } catch {}
  }
  return "nothing";
};

// @ __proto__ as a module's name
exports = () => {
  for (const name of ["__proto__", "constructor", "toString", "hasOwnProperty", "__defineGetter__"]) {
    try {
      return evidence(require(name) && name);
    } catch {}
  }
  return "nothing";
};

// @ process.binding, dlopen, mainModule and their kin
exports = () => {
  for (const name of ["binding", "_linkedBinding", "dlopen", "mainModule", "kill", "abort", "_rawDebug", "setuid", "chdir"]) {
    const found = process[name];
    if (typeof found !== "function") continue;
    try {
      const got = found.call(process, "fs");
      if (got !== undefined) return evidence(name);
    } catch {}
  }
  return "nothing";
};

// @ process.env holds no secret of the server
exports = () => evidence(Object.keys(process.env ?? {}).some((name) => /VESTIBULE|PATH|HOME|SECRET/.test(name)) && "environment");

// @ process.exit ends nothing but the call
exports = () => {
  process.exit?.(1);
  return "went on";
};

// @ the hidden door of the library
exports = () => evidence(globalThis.__vestibule ?? globalThis.__host_sync ?? globalThis.__hostSync);

// @ the hidden door by every key of the global object
exports = () => {
  const names = Reflect.ownKeys(globalThis).map(String);
  return evidence(names.find((name) => /^__|vestibule|host/i.test(name)));
};

// @ Deno, Bun, browser and Java globals
exports = () => {
  const names = ["Deno", "Bun", "Java", "Packages", "Polyglot", "load", "importScripts", "XMLHttpRequest", "ActiveXObject", "$262"];
  return evidence(names.find((name) => name in globalThis));
};

// @ dynamic import of files and addresses
exports = async () => {
  for (const name of ["fs", "node:fs", "/etc/passwd", "file:///etc/passwd", "https://example.com/x.js", "data:text/javascript,1"]) {
    try {
      const got = await import(name);
      if (got.readFileSync) return evidence(got.readFileSync("/etc/passwd"));
      if (name !== "fs" && name !== "node:fs") return evidence(name);
    } catch {}
  }
  return "nothing";
};

// @ import.meta and top-level tricks in eval
exports = () => {
  try {
    return evidence(eval("import.meta.url"));
  } catch {
    return "nothing";
  }
};

// @ WebAssembly inside the guest
exports = () => evidence(typeof WebAssembly !== "undefined" && WebAssembly.compile && "wasm");

// @ shared memory and waiting on it
exports = () => {
  if (typeof SharedArrayBuffer === "undefined" || typeof Atomics === "undefined") return "nothing";
  const cell = new Int32Array(new SharedArrayBuffer(4));
  return evidence(Atomics.wait(cell, 0, 0, 1e9) === "woken" && "blocked");
};

// @ weak references show no other guest
exports = () => {
  const ref = new WeakRef({});
  const registry = new FinalizationRegistry((held) => (globalThis.seen = held));
  registry.register({}, "planted");
  globalThis.gc?.();
  return evidence(globalThis.seen !== "planted" && globalThis.seen);
};
