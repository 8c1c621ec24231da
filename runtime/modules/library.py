"""The modules that the runtime brings itself: Node built-ins beyond the base image, and substitutes of packages."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

REFUSING: Final = frozenset({
    "child_process", "cluster", "dgram", "domain", "http2", "inspector", "module", "readline", "repl", "v8", "vm",
    "worker_threads",
})  # fmt: skip
"""Built-ins that load, since packages require them, and refuse to work."""
BASE: Final = REFUSING | {
    "assert", "buffer", "crypto", "events", "path", "process", "punycode", "querystring", "string_decoder", "timers",
    "url", "util",
}  # fmt: skip
"""Built-ins that every image holds."""
CORE: Final = "vestibule:core"
"""The id by which a part of the library reaches the guest library's own door."""
COMPILER: Final = "tool:compiler"
"""The id of the part that turns ES modules and TypeScript into what the engine takes."""
ANALYSER: Final = "tool:analyser"
"""The id of the part that says what a source asks for."""
TESTING: Final = "tool:testing"
"""The id of the part that runs tests of functions."""
TESTS: Final = "vestibule:tests"
"""The id by which that part reaches more of the guest library."""
_SCHEMES: Final = ("node", "package", "tool")


@cache
def parts() -> frozenset[str]:
    """The ids of all parts: `node:stream`, `package:bcryptjs`, ..."""
    root = files("runtime") / "build" / "library"
    return frozenset(f"{scheme}:{name}" for scheme in _SCHEMES for name in _names(root / scheme, ""))


def is_part(id: str) -> bool:
    """Whether a module's id is one of the library, not a path."""
    return id in parts()


@cache
def read_part(id: str) -> str:
    """A part's source."""
    scheme, name = id.split(":")
    return (files("runtime") / "build" / "library" / scheme / f"{name}.js").read_text(encoding="utf-8")


def built_in(name: str) -> str | None:
    """The id of the part that is Node's built-in of this name; None where it is none, or in the base image."""
    id = f"node:{name.removeprefix('node:')}"
    return id if id in parts() else None


def is_in_base(name: str) -> bool:
    """Whether the base image itself answers to this name."""
    return name.removeprefix("node:") in BASE


def substitute(name: str) -> str | None:
    """The id of the part that takes an npm package's place."""
    id = f"package:{name}"
    return id if id in parts() else None


def _names(folder: Traversable, prefix: str) -> list[str]:
    if not folder.is_dir():
        return []
    names = []
    for entry in folder.iterdir():
        if entry.is_dir():
            names += _names(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".js"):
            names.append(prefix + entry.name.removesuffix(".js"))
    return names
