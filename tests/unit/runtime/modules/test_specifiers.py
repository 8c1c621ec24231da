"""What a source requires, read without running it."""

from __future__ import annotations

import pytest

from runtime.modules.specifiers import has_module_syntax, may_require, required_by, with_own_import


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("const a = require('a'), b = require(\"b\");", ("a", "b")),
        ("require( `c` ); require.resolve('d'); import('e')", ("c", "d", "e")),
        ("__require('f'); __import('g'); require('h', x)", ("f", "g", "h")),
        ("if (x) { try { require('../i.json') } catch {} }", ("../i.json",)),
        ("require('a'); require('a');", ("a",)),
        ("require('./locale/' + name); require(name); require(`${a}`)", ()),
        ("x.require('a'); myrequire('b'); $require('c')", ()),
        (" * const a = require('a');\n// require('b')\n/* require('c') */", ()),
        ("return/**/require('a')", ("a",)),
    ],
)
def test_literal_names_are_found(source: str, names: tuple[str, ...]) -> None:
    """Each name once, in order; names that are computed and those in comments are not."""
    assert required_by(source) == names
    assert may_require(source) or not names


@pytest.mark.parametrize(
    "source",
    [
        "import a from 'a';",
        "import 'a'",
        "import{a}from'a'",
        "import * as a from 'a'",
        "const x = 1;\n  export default x;",
        "export{a as b};",
        "export * from './a';",
        "export async function f() {}",
        'import a, { b } from "a";',
        "export interface A {}",
    ],
)
def test_an_es_module_is_known_by_its_statements(source: str) -> None:
    """Imports and exports stand at the beginning of a line."""
    assert has_module_syntax(source)


@pytest.mark.parametrize(
    "source",
    [
        "exports = () => 1",
        "const a = await import('a')",
        "importScripts('a')",
        "exported = 1",
        "import('a')",
        "export_ = 1",
    ],
)
def test_a_script_is_no_es_module(source: str) -> None:
    """`import()` and names that only begin so do not make a module."""
    assert not has_module_syntax(source)


def test_dynamic_imports_are_led_to_the_guest() -> None:
    """Only `import` as a call is changed, and no line moves."""
    assert (
        with_own_import("import('a');\n x.import('b'); reimport('c')")
        == "__import('a');\n x.import('b'); reimport('c')"
    )
