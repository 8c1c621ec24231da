// Says what a source asks for: modules, values, services, addresses, operators; it is parsed and never run.
import { parse } from "acorn";
import { readBindings } from "../../analysis/bindings.js";
import { findFacts } from "../../analysis/facts.js";

const OPTIONS = { ecmaVersion: "latest", locations: true, allowHashBang: true, allowAwaitOutsideFunction: true };
const SCRIPT = { sourceType: "script", allowReturnOutsideFunction: true, allowSuperOutsideMethod: true };

/** An author's file is a script that may be an ES module; the engine takes either. */
function parseEither(source, module) {
  return parse(source, module ? { ...OPTIONS, sourceType: "module" } : { ...OPTIONS, ...SCRIPT });
}

/** Gives `{facts}`, each `{kind, line, …}`, or `{problem, line}` where the source is no JavaScript. */
export default function analyse(source, { module }) {
  try {
    const program = parseEither(source, module);
    return { facts: findFacts(program, readBindings(program)) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { problem: error.message.replace(/ \(\d+:\d+\)$/, ""), line: error.loc?.line ?? 1 };
  }
}
