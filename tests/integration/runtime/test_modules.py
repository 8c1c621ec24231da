"""Modules in an image: what functions require, from files to values, and what of it a call sees."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from runtime.errors import BuildFailed
from runtime.limits import Limits
from runtime.messages import Call, Outcome
from runtime.modules import library
from runtime.modules.compiling import Compiler
from runtime.modules.files import FilesInMemory
from runtime.modules.graph import FunctionSources, ModuleMissing, gather_modules
from runtime.supervisor import Sandboxes

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def run(sandboxes: Sandboxes, files: Mapping[str, str], *, times: int = 1) -> Outcome:
    """The outcome of calling the function in `f.js` or `f.ts`, for the last of so many times."""
    path = next(path for path in files if path.startswith("f."))
    dependencies = json.loads(files.get("package.json", "{}")).get("dependencies", {})
    sources = FunctionSources(texts={"f": files[path]}, paths={"f": path}, dependencies=dependencies.keys())
    in_memory = FilesInMemory({name: text.encode() for name, text in files.items()})
    source = await gather_modules(sources, in_memory, Compiler(sandboxes))
    image = await sandboxes.build(source)
    outcomes = [await sandboxes.run(image, Call(function="f", limits=Limits(wall_time=60))) for _ in range(times)]
    return outcomes[-1]


async def value(sandboxes: Sandboxes, files: Mapping[str, str], *, times: int = 1) -> object:
    """What that function returned."""
    outcome = await run(sandboxes, files, times=times)
    assert outcome.error is None
    assert outcome.value is not None
    return json.loads(outcome.value)


def package(**fields: object) -> str:
    """The text of a package.json."""
    return json.dumps(fields)


async def test_packages_are_required_at_the_top_and_inside(sandboxes: Sandboxes) -> None:
    """By name, by path inside a package, between a package's own files, and JSON."""
    files = {
        "f.js": """const a = require('a');
            exports = () => [a.name, a.data['__proto__'], require('a/deep'), require('./own')];""",
        "own.js": "exports = 'own';",
        "node_modules/a/index.js": "exports.name = require('./lib/name'); exports.data = require('./data.json');",
        "node_modules/a/lib/name.js": "module.exports = require('b') + __filename;",
        "node_modules/a/data.json": '{"__proto__": "x"}',
        "node_modules/a/deep.js": "module.exports = 'deep';",
        "node_modules/b/index.js": "#!/usr/bin/env node\nmodule.exports = 'b'; return;",
    }
    assert await value(sandboxes, files) == ["b/functions/node_modules/a/lib/name.js", "x", "deep", "own"]


async def test_modules_may_require_each_other_in_a_circle(sandboxes: Sandboxes) -> None:
    """As in Node, whoever comes second sees what the first has exported so far."""
    files = {
        "f.js": "exports = () => { const { a } = require('a'); return [a(), require('a/b.js').early]; };",
        "node_modules/a/index.js": "exports.first = 1; const b = require('./b'); exports.a = () => b.b();",
        "node_modules/a/b.js": "const a = require('./'); exports.early = Object.keys(a); exports.b = () => a.first + 1",
    }
    assert await value(sandboxes, files) == [{"$numberInt": "2"}, ["first"]]


async def test_modules_are_evaluated_when_the_image_is_made(sandboxes: Sandboxes) -> None:
    """A call finds them ready, each as it was then: what one call changes, no other sees."""
    files = {
        "f.js": "const a = require('a'); exports = () => [a.at, ++a.count];",
        "node_modules/a/index.js": "module.exports = { at: Date.now(), count: 0 };",
    }
    assert await value(sandboxes, files, times=3) == [{"$numberLong": "1735689600000"}, {"$numberInt": "1"}]


@pytest.mark.parametrize(
    "draw",
    [
        "Math.random()",
        "require('crypto').randomBytes(8).toString('hex')",
        "crypto.randomUUID()",
        "require('./second')",
        "[setTimeout(() => 0, 1), Math.random()][1]",
    ],
)
async def test_what_draws_chance_while_it_loads_is_loaded_at_each_call(sandboxes: Sandboxes, draw: str) -> None:
    """An image must not hold a secret that is the same for all calls; nor may a module that took it from another."""
    files = {
        "f.js": "const { drawn } = require('a'); const outer = require('b'); exports = () => [drawn, outer.drawn];",
        "node_modules/a/index.js": f"exports.drawn = {draw};",
        "node_modules/a/second.js": "module.exports = Math.random();",
        "node_modules/b/index.js": "exports.drawn = require('a').drawn;",
    }
    first, second = await value(sandboxes, files), await value(sandboxes, files)
    assert first[0] == first[1] != second[0] == second[1]  # type: ignore[index]


async def test_es_modules_are_turned_into_commonjs(sandboxes: Sandboxes) -> None:
    """Imports of every kind, live bindings, `import.meta`, `import()`; CommonJS is seen as Node shows it."""
    files = {
        "f.js": "exports = async () => [...(await require('e').all()), typeof (await import('e')).default];",
        "node_modules/e/package.json": package(name="e", type="module", exports="./index.js"),
        "node_modules/e/index.js": """
            import whole, { named } from "c";
            import * as space from "c";
            import { count, more } from "./count.js";
            export { default as again } from "c";
            export * from "./count.js";
            export default class Thing { #x = 1; static y = 2; }
            export async function all() {
              more();
              const later = await import("./count.js");
              return [whole.named, whole.default, named, space.default.named, count, later.count, import.meta.url];
            }
        """,
        "node_modules/e/count.js": "export let count = 0; export const more = () => { count++; };",
        "node_modules/c/index.js": "exports.__esModule = true; exports.default = 'd'; exports.named = 'n';",
    }
    one = {"$numberInt": "1"}
    assert await value(sandboxes, files) == [
        "n",
        "d",
        "n",
        "n",
        one,
        one,
        "file:///functions/node_modules/e/index.js",
        "function",
    ]


async def test_a_function_may_be_an_es_module(sandboxes: Sandboxes) -> None:
    """`export default` is what `exports =` is; imports see what bundlers show."""
    files = {
        "f.js": """import whole, { n } from 'c';
            import { join } from 'path';
            export default () => [whole, n, join('a', 'b')];""",
        "node_modules/c/index.js": "exports.__esModule = true; exports.default = 'd'; exports.n = 'n';",
    }
    assert await value(sandboxes, files) == ["d", "n", "a/b"]


async def test_typescript_functions_run(sandboxes: Sandboxes) -> None:
    """Types go, values stay; files of a function's own may be TypeScript, too."""
    files = {
        "f.ts": """import { double, Kind } from "./own";
            interface Point { x: number }
            exports = async function ({ x }: Point = { x: 4 } as Point): Promise<[number, Kind]> {
              return [double(x!), Kind.B];
            };
        """,
        "own.ts": "export const double = (x: number): number => x * 2;\nexport enum Kind { A = 'a', B = 'b' }",
    }
    assert await value(sandboxes, files) == [{"$numberInt": "8"}, "b"]


async def test_errors_name_the_author_s_line(sandboxes: Sandboxes) -> None:
    """Compiled or not, packages included: file and line are those of the file on the author's disk."""
    typescript = {"f.ts": "type A = {\n  x: number;\n};\nexports = (a: A) => {\n  return a.x;\n};"}
    error = (await run(sandboxes, typescript)).error
    assert error is not None
    assert "functions/f.ts:5" in error.stack
    module = {
        "f.js": "exports = () => require('m').fail()",
        "node_modules/m/package.json": package(type="module"),
        "node_modules/m/index.js": "import 'path';\n\nexport function fail() {\n  throw new Error('x');\n}\n",
    }
    error = (await run(sandboxes, module)).error
    assert error is not None
    assert "functions/node_modules/m/index.js:4" in error.stack


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"f.ts": "let a: = 1;\nexports = () => a;"}, r"functions/f\.ts:1: SyntaxError"),
        (
            {"f.js": "exports = () => require('a')", "node_modules/a/index.js": "\nlet x = ;"},
            r"functions/node_modules/a/index\.js:2",
        ),
        (
            {"f.js": "require('./own')", "own.mjs": "export default await 1;", "own.js": "import './own.mjs'"},
            r"functions/own\.mjs",
        ),
        (
            {"f.js": "exports = () => require('a')", "node_modules/a/index.js": "for (;;);"},
            r"functions/node_modules/a/index\.js: .*too long",
        ),
        ({"f.js": "exports = () => require('./a.json')", "a.json": "{"}, r"functions/a\.json"),
    ],
)  # fmt: skip
async def test_what_cannot_be_built_is_named(sandboxes: Sandboxes, files: dict[str, str], message: str) -> None:
    """The file, and the line where there is one."""
    with pytest.raises(BuildFailed, match=message):
        await run(sandboxes, files)


async def test_a_listed_package_that_is_not_installed_says_what_to_do(sandboxes: Sandboxes) -> None:
    """The server never installs anything itself."""
    files = {
        "f.js": "exports = () => require('@a/b/c')",
        "package.json": package(dependencies={"@a/b": "^1.0.0", "unused": "*"}),
    }
    with pytest.raises(ModuleMissing, match=r"functions/f\.js requires '@a/b/c'.*npm install"):
        await run(sandboxes, files)


async def test_what_is_not_there_fails_where_it_is_required(sandboxes: Sandboxes) -> None:
    """Packages try for others that may be missing; what throws while the image is made throws again at the call."""
    files = {
        "f.js": """exports = () => ['a', 'gone', './gone', 'vestibule:core', 'constructor', 'throws'].map((name) => {
            try { return require(name).found; } catch (error) { return error.code ?? error.message; }
        });
        require.resolve && 'a'; () => [require('a'), require('throws')];""",
        "node_modules/a/index.js": "try { require('optional') } catch (e) { exports.found = e.code }",
        "node_modules/throws/index.js": "throw new Error('while loading')",
    }
    missing = "MODULE_NOT_FOUND"
    assert await value(sandboxes, files) == [missing, missing, missing, missing, missing, "while loading"]


async def test_every_built_in_answers(sandboxes: Sandboxes) -> None:
    """Each name of the base image and of the library is found, with and without its scheme, before any package."""
    names = sorted({*library.BASE, *(id.partition(":")[2] for id in library.parts() if id.startswith("node:"))})
    found = ",".join(f"typeof require('{name}'), require('node:{name}') === require('{name}')" for name in names)
    files = {"f.js": f"exports = () => [{found}].filter((x) => x !== true && x !== 'object' && x !== 'function')"}
    files |= {f"node_modules/{name}/index.js": "module.exports = 1" for name in names}
    assert await value(sandboxes, files) == []


async def test_what_needs_an_operating_system_says_so_when_used(sandboxes: Sandboxes) -> None:
    """Packages may load such a module, and take it apart; a use names the missing member."""
    files = {
        "f.js": "const { spawn } = require('child_process'); class A extends spawn {}; exports = () => spawn('ls');"
    }
    error = (await run(sandboxes, files)).error
    assert error is not None
    assert "child_process.spawn is not available" in error.message


async def test_packages_are_compiled_once(sandboxes: Sandboxes) -> None:
    """The second image of the same ES module finds its CommonJS form on disk."""
    files = {
        "f.js": "exports = () => require('e').default",
        "node_modules/e/index.mjs": "export default 'once';",
        "node_modules/e/package.json": package(main="index.mjs"),
    }
    await value(sandboxes, files)
    kept = list((sandboxes.directory / "compiled").iterdir())
    assert await value(sandboxes, {**files, "f.js": "exports = () => require('e').default + 1"}) == "once1"
    assert list((sandboxes.directory / "compiled").iterdir()) == kept


async def test_what_costs_each_call_is_told_at_the_deployment(
    sandboxes: Sandboxes, caplog: pytest.LogCaptureFixture
) -> None:
    """A module that is loaded at each call, and one that throws as it loads, are named in the log."""
    files = {
        "f.js": "exports = () => { require('a'); try { require('b'); } catch {} }",
        "node_modules/a/index.js": "exports.inner = require('./inner');",
        "node_modules/a/inner.js": "exports.secret = Math.random();",
        "node_modules/b/index.js": "throw new TypeError('no way');",
    }
    await run(sandboxes, files)
    told = [record.getMessage() for record in caplog.records if "node_modules" in record.getMessage()]
    assert [line.split(" ")[0].rpartition("/")[2] for line in told] == ["index.js", "inner.js"]
    assert "throws while it is loaded" in told[0]
    assert "loaded at each call" in told[1]


async def test_a_substituted_package_is_told_with_its_version(
    sandboxes: Sandboxes, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever installed another version learns that it is not the one that runs."""
    caplog.set_level("INFO")
    files = {
        "f.js": "exports = () => [typeof require('bcryptjs').hash, require('bcrypt').compareSync('a', 'b')];",
        "node_modules/bcryptjs/package.json": package(version="2.4.3"),
        "node_modules/bcryptjs/index.js": "exports.hash = 1",
    }
    assert await value(sandboxes, files) == ["function", False]
    told = [record.getMessage() for record in caplog.records if "computed by the host" in record.getMessage()]
    assert [line.split(" is ")[0] for line in told] == ["bcrypt (not installed)", "bcryptjs (2.4.3)"]


async def test_what_modules_say_while_they_load_is_no_call_s_log(
    sandboxes: Sandboxes, caplog: pytest.LogCaptureFixture
) -> None:
    """It is told once, at the deployment; a call's log begins empty."""
    files = {
        "f.js": "exports = () => { require('a'); console.log('mine'); }",
        "node_modules/a/index.js": "console.warn('deprecated');",
    }
    assert [line.text for line in (await run(sandboxes, files, times=2)).logs] == ["mine"]
    assert [record.getMessage() for record in caplog.records if "deprecated" in record.getMessage()]
