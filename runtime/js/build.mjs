// Builds what the engine loads: the guest library as one script, and the engine itself beside it.
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const EAGER_BUFFER = "let buffer = ByteUtils.allocate(MAXSIZE);";
const EMPTY_BUFFER = "let buffer = ByteUtils.allocate(0);";

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

await mkdir(here("../build"), { recursive: true });
await build({
  entryPoints: [here("src/main.js")],
  outfile: here("../build/guest.js"),
  bundle: true,
  format: "iife",
  platform: "neutral",
  target: "es2023",
  mainFields: ["module", "main"],
  conditions: ["browser"],
  charset: "utf8",
  legalComments: "inline",
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: "warning",
  plugins: [withoutEagerBuffer],
});
await copyFile(here("node_modules/quickjs-wasi/quickjs.wasm"), here("../build/quickjs.wasm"));
