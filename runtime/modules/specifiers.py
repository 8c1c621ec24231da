"""Finds what a CommonJS source requires by a literal name."""

from __future__ import annotations

import re
from typing import Final

_REQUIRED: Final = re.compile(
    r"""(?<![\w$.])(?:__)?(?:require(?:\.resolve)?|import)\s*\(\s*(["'`])((?:(?!\1)[^\\\n$])+)\1\s*[,)]"""
)
_COMMENTED: Final = re.compile(r"^\s*(?:\*|//|/\*)")
_DYNAMIC_IMPORT: Final = re.compile(r"(?<![\w$.])import(?=\s*\()")
_MODULE_SYNTAX: Final = re.compile(
    r"""^\s*(?:import\s*(?:[\w$]+\s*(?:,|from\b)|[{*"'])
        |export\s*(?:default\b|const\b|let\b|var\b|function\b|async\b|class\b|enum\b|interface\b|type\b|abstract\b|[{*]))""",
    re.MULTILINE | re.VERBOSE,
)


def required_by(source: str) -> tuple[str, ...]:
    """The names in `require("name")` and `import("name")`, each once, in order; rather too many than too few.

    A name in a string may look like one that is required; lines that are comments from their beginning are left out.
    """
    found: dict[str, None] = {}
    for match in _REQUIRED.finditer(source):
        line = source.rfind("\n", 0, match.start()) + 1
        if not _COMMENTED.match(source[line : match.start()]):
            found.setdefault(match[2])
    return tuple(found)


def may_require(source: str) -> bool:
    """Whether it is worth to look closely: a source without either word requires nothing."""
    return "require" in source or "import" in source


def has_module_syntax(source: str) -> bool:
    """Whether a line begins as an ES module's `import` or `export` does."""
    return _MODULE_SYNTAX.search(source) is not None


def with_own_import(source: str) -> str:
    """The source with `import(name)` as a call of the guest's `__import`, which its wrapper hands in."""
    return _DYNAMIC_IMPORT.sub("__import", source)
