// `describe`, `test` and the hooks: what a test file declares, in order.
import { format } from "vestibule:tests";

const HOOKS = ["beforeAll", "beforeEach", "afterEach", "afterAll"];

/** A group of tests: its title, the group around it, and its hooks by kind. */
class Suite {
  constructor(title, parent, mode) {
    Object.assign(this, { title, parent, mode });
    this.hooks = Object.fromEntries(HOOKS.map((kind) => [kind, []]));
  }

  /** From the outermost to this one. */
  path() {
    return this.parent ? [...this.parent.path(), this] : [this];
  }
}

export class Declarations {
  tests = [];
  #suite = new Suite("", undefined, undefined);

  /** Groups stand one inside another; a group's work declares, and waits for nothing. */
  #group(title, work, mode) {
    const outer = this.#suite;
    this.#suite = new Suite(`${title}`, outer, mode ?? outer.mode);
    try {
      const left = work();
      if (typeof left?.then === "function") throw new TypeError("the function given to describe() must not be async");
    } finally {
      this.#suite = outer;
    }
  }

  #test(title, work, mode) {
    if (typeof title !== "string") throw new TypeError("the first argument of test() is its title");
    if (typeof work !== "function" && mode !== "todo") throw new TypeError(`the test '${title}' has no function`);
    this.tests.push({ title, work, mode: mode ?? this.#suite.mode, suite: this.#suite });
  }

  /** A declaring function with `skip`, `only` and `each`, as Jest has them. */
  #declarer(declare) {
    const declarer = (title, work) => declare(title, work);
    const each = (mode) => (rows) => (title, work) => {
      for (const row of rows) {
        const values = Array.isArray(row) ? row : [row];
        declare(format(title, ...values.slice(0, countPlaces(title))), () => work(...values), mode);
      }
    };
    for (const mode of ["skip", "only"]) {
      declarer[mode] = Object.assign((title, work) => declare(title, work, mode), { each: each(mode) });
    }
    return Object.assign(declarer, { each: each(undefined) });
  }

  /** The globals of a test file. */
  globals() {
    const test = this.#declarer((...given) => this.#test(...given));
    test.todo = (title) => this.#test(title, undefined, "todo");
    const describe = this.#declarer((...given) => this.#group(...given));
    const hooks = HOOKS.map((kind) => [kind, (work) => this.#suite.hooks[kind].push(work)]);
    return { describe, it: test, test, ...Object.fromEntries(hooks) };
  }

  /** What a run may choose from: the titles of each test, and why it is not to be run. */
  list() {
    const chosen = this.tests.some(({ mode }) => mode === "only");
    return this.tests.map((test) => ({
      titles: [...titlesOf(test.suite), test.title],
      skipped: test.mode === "skip" || test.mode === "todo" || (chosen && test.mode !== "only") ? (test.mode ?? "only") : "",
    }));
  }
}

const countPlaces = (title) => (title.replaceAll("%%", "").match(/%[sdifjoO]/g) ?? []).length;

const titlesOf = (suite) =>
  suite
    .path()
    .map(({ title }) => title)
    .filter(Boolean);

/** Runs a test between its hooks; gives all that was thrown. Hooks that undo run whatever happened before them. */
export async function runTest({ work, suite }) {
  const thrown = [];
  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      thrown.push({ error });
    }
  };
  const suites = suite.path();
  const before = [...suites.flatMap(({ hooks }) => hooks.beforeAll), ...suites.flatMap(({ hooks }) => hooks.beforeEach)];
  for (const step of [...before, work]) if (thrown.length === 0) await attempt(step);
  const inwards = suites.toReversed();
  for (const kind of ["afterEach", "afterAll"]) {
    for (const hook of inwards.flatMap(({ hooks }) => hooks[kind].toReversed())) await attempt(hook);
  }
  return thrown;
}
