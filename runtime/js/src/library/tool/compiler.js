// Turns an ES module or TypeScript into a CommonJS script; runs at deploy, in a sandbox like any other.
import { transform } from "sucrase";

const OPTIONS = {
  disableESTransforms: true,
  preserveDynamicImport: false,
  injectCreateRequireForImportRequire: false,
  production: true,
};
const PLACE = /^(?:Error transforming [^:]*: )?(.*?)(?: \((\d+):\d+\))?$/s;

/** `import.meta` has no place in a script: the wrapper of a module hands it in. */
const withOwnMeta = (text) => text.replace(/(?<![\w$.])import\s*\.\s*meta\b/g, "__meta");

/** Gives `{text}`, every line where it was, or `{problem, line}`. */
export default function compile(source, { typescript, module }) {
  const transforms = [];
  if (typescript) transforms.push("typescript");
  if (module) transforms.push("imports");
  try {
    const { code } = transform(source, { ...OPTIONS, transforms });
    return { text: withOwnMeta(code).replace(/(?<![\w$.])import(?=\s*\()/g, "__import") };
  } catch (error) {
    const [, problem, line] = PLACE.exec(error.message);
    return { problem, line: Number(line ?? 1) };
  }
}
