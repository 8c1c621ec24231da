"""Resolution of modules, held to Node's own answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from runtime.modules.exports_map import Json, entry_of
from runtime.modules.files import FilesInMemory
from runtime.modules.resolution import IMPORT, REQUIRE, Resolver
from tests.processes import NODE


def package(**fields: object) -> str:
    """The text of a package.json."""
    return json.dumps(fields)


FILES = {
    "main.js": "",
    "lib/a.js": "",
    "lib/a/index.js": "",
    "lib/b/index.js": "",
    "lib/c.json": "{}",
    "node_modules/plain/index.js": "",
    "node_modules/plain/deep.js": "",
    "node_modules/plain/node_modules/inner/index.js": "",
    "node_modules/main/package.json": package(name="main", main="./lib/main"),
    "node_modules/main/lib/main.js": "",
    "node_modules/main/folder/package.json": package(main="./x.js"),
    "node_modules/main/folder/x.js": "",
    "node_modules/broken-main/package.json": package(name="broken-main", main="./gone.js"),
    "node_modules/broken-main/index.js": "",
    "node_modules/@scope/one/package.json": package(name="@scope/one", exports="./e.js"),
    "node_modules/@scope/one/e.js": "",
    "node_modules/@scope/one/hidden.js": "",
    "node_modules/maps/package.json": package(
        name="maps",
        imports={"#dep": {"node": "plain", "default": "./fallback.js"}, "#own/*": "./src/*.js"},
        exports={
            ".": {"import": "./esm.mjs", "require": {"browser": "./browser.js", "default": "./cjs.js"}},
            "./features/*": "./src/*.js",
            "./features/*.js": "./src/*.js",
            "./features/private/*": None,
            "./data.json": "./data.json",
            "./array": ["not-relative", "./cjs.js"],
            "./escape": "./../plain/index.js",
        },
    ),
    "node_modules/maps/esm.mjs": "",
    "node_modules/maps/cjs.js": "",
    "node_modules/maps/browser.js": "",
    "node_modules/maps/fallback.js": "",
    "node_modules/maps/data.json": "{}",
    "node_modules/maps/src/one.js": "",
    "node_modules/maps/src/private/two.js": "",
    "node_modules/esm/package.json": package(name="esm", type="module", main="index.js"),
    "node_modules/esm/index.js": "",
    "node_modules/esm/cjs/package.json": package(type="commonjs"),
    "node_modules/esm/cjs/index.js": "",
}  # fmt: skip
QUESTIONS = [
    ("main.js", name)
    for name in (
        "./lib/a", "./lib/a/", "./lib/b", "./lib/c", "./lib/c.json", "./lib/gone", ".", "plain", "plain/deep",
        "plain/deep.js", "plain/gone", "main", "main/folder", "main/lib/main", "broken-main", "@scope/one",
        "@scope/one/hidden.js", "maps", "maps/features/one", "maps/features/one.js", "maps/features/private/two",
        "maps/data.json", "maps/array", "maps/escape", "maps/cjs.js", "esm", "gone", "@scope", "../outside", "inner",
    )
] + [
    ("node_modules/plain/index.js", "inner"),
    ("node_modules/plain/index.js", "main"),
    ("node_modules/maps/src/one.js", "#dep"),
    ("node_modules/maps/src/one.js", "#own/one"),
    ("node_modules/maps/src/one.js", "#gone"),
    ("node_modules/maps/src/one.js", "maps/data.json"),
    ("node_modules/plain/index.js", "#dep"),
]  # fmt: skip
ASK_NODE = """
const { createRequire } = require("module"), path = require("path");
const [root, questions] = [process.argv[1], JSON.parse(process.argv[2])];
console.log(JSON.stringify(questions.map(([importer, name]) => {
  try { return path.relative(root, createRequire(path.join(root, importer)).resolve(name)); } catch { return null; }
})));
"""


def test_requires_lead_where_node_leads_them(tmp_path: Path) -> None:
    """Files, folders, main files, nested packages, `exports` and `imports` maps: the same file or none."""
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    answer = subprocess.check_output([NODE, "-e", ASK_NODE, tmp_path, json.dumps(QUESTIONS)])
    resolver = Resolver(FilesInMemory({path: text.encode() for path, text in FILES.items()}))
    ours = {question: resolver.resolve(question[1], question[0]) for question in QUESTIONS}
    assert ours == dict(zip(QUESTIONS, json.loads(answer), strict=True))


@pytest.fixture
def resolver() -> Resolver:
    """Over the files above."""
    return Resolver(FilesInMemory({path: text.encode() for path, text in FILES.items()}))


def test_an_es_module_has_its_own_conditions(resolver: Resolver) -> None:
    """The same name leads an `import` to a package's ES module, `require` to its CommonJS one."""
    assert resolver.resolve("maps", "main.js", IMPORT) == "node_modules/maps/esm.mjs"
    assert resolver.resolve("maps", "main.js", REQUIRE) == "node_modules/maps/cjs.js"


@pytest.mark.parametrize(
    ("path", "is_esm"),
    [
        ("node_modules/esm/index.js", True),
        ("node_modules/esm/cjs/index.js", False),
        ("node_modules/maps/esm.mjs", True),
        ("node_modules/plain/index.js", False),
        ("node_modules/esm/x.cjs", False),
        ("node_modules/esm/data.json", False),
    ],
)
def test_the_nearest_package_says_what_a_file_is(resolver: Resolver, path: str, *, is_esm: bool) -> None:
    """By suffix, else by the `type` of the package file above it."""
    assert resolver.is_esm(path) is is_esm


def test_a_damaged_package_file_is_as_good_as_none() -> None:
    """What is not a JSON object says nothing; the files are there all the same."""
    for text in (b"{", b"[]", b"null", b"\xff"):
        files = {"node_modules/a/package.json": text, "node_modules/a/index.js": b""}
        assert Resolver(FilesInMemory(files)).resolve("a", "main.js") == "node_modules/a/index.js"


@pytest.mark.parametrize("exports", [1, True, {}, {"browser": "./a.js"}, {".": 1}, [], [{}], {".": {"x": "./a.js"}}])
def test_maps_without_sense_lead_nowhere(exports: Json) -> None:
    """Numbers, nothing at all and unknown conditions are no entry."""
    assert entry_of(exports, ".", REQUIRE) is None
