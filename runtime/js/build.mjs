// Builds what the engine loads: the guest library as one script, and the engine itself beside it.
import { copyFile, glob, mkdir, readFile, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const EAGER_BUFFER = "let buffer = ByteUtils.allocate(MAXSIZE);";
const EMPTY_BUFFER = "let buffer = ByteUtils.allocate(0);";

/** A part is a CommonJS module like Node's own: its default export, or an object without the mark of an ES module. */
const FOOTER = 'module.exports = "default" in module.exports ? module.exports.default : { ...module.exports };';

/** npm bson allocates 17 MB as it loads, for a serialiser nobody calls here; it would all be in every image. */
const withoutEagerBuffer = {
  name: "without-eager-buffer",
  setup({ onLoad, onEnd }) {
    let replaced = false;
    onLoad({ filter: /bson[\\/]lib[\\/]bson\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (source.split(EAGER_BUFFER).length !== 2) throw new Error(`bson has changed: no '${EAGER_BUFFER}' in it`);
      replaced = true;
      return { contents: source.replace(EAGER_BUFFER, EMPTY_BUFFER), loader: "js" };
    });
    onEnd(() => {
      if (!replaced) throw new Error("bson was not loaded from where its buffer could be replaced");
    });
  },
};

const shared = {
  bundle: true,
  platform: "neutral",
  target: "es2023",
  mainFields: ["module", "main"],
  charset: "utf8",
  legalComments: "inline",
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: "warning",
};

/** Beyond the base image, each built-in and each substitute is a module of its own; they require one another. */
const partFiles = await Array.fromAsync(glob("*/**/*.js", { cwd: here("src/library") }));
const partNames = partFiles.map((file) => file.replaceAll("\\", "/").replace(/\.js$/, ""));
const builtInNames = partNames.filter((name) => name.startsWith("node/")).map((name) => name.slice("node/".length));
const baseNames = ["assert", "buffer", "crypto", "events", "path", "process", "punycode", "querystring"];
baseNames.push("string_decoder", "timers", "url", "util");
const external = [...builtInNames, ...baseNames].flatMap((name) => [name, `node:${name}`]);

await rm(here("../build/library"), { recursive: true, force: true });
await mkdir(here("../build"), { recursive: true });
await build({
  ...shared,
  entryPoints: [here("src/main.js")],
  outfile: here("../build/guest.js"),
  format: "iife",
  conditions: ["browser"],
  plugins: [withoutEagerBuffer],
});
await build({
  ...shared,
  entryPoints: partNames.map((name) => ({ in: here(`src/library/${name}.js`), out: name })),
  outdir: here("../build/library"),
  format: "cjs",
  conditions: ["node"],
  external: [...external, "vestibule:core", "vestibule:tests"],
  footer: { js: FOOTER },
});
await copyFile(here("node_modules/quickjs-wasi/quickjs.wasm"), here("../build/quickjs.wasm"));
