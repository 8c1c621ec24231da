"""What a source asks for, found without running it: it is parsed in a sandbox, by npm acorn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from runtime.errors import BuildFailed
from runtime.modules import library
from runtime.modules.compiling import Compiler, Uncompiled
from runtime.modules.specifiers import has_module_syntax
from runtime.modules.tools import Tool
from runtime.supervisor import Sandboxes

MOST_FACTS: Final = 10_000
"""Of one source that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that a source asks for: its kind, its line, and what else is known of it, as plain JSON."""

    kind: str
    line: int
    about: Mapping[str, object] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """A part of what is known, as text; empty where it is not known."""
        value = self.about.get(name)
        return value if isinstance(value, str) else ""


class SourceUnreadable(Exception):
    """A source that is no JavaScript; `line` says where."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class Analyser:
    """Parses sources in guests."""

    def __init__(self, sandboxes: Sandboxes) -> None:
        self._tool = Tool(sandboxes, library.ANALYSER)
        self._compiler = Compiler(sandboxes)

    async def analyse(self, path: str, text: str) -> tuple[Fact, ...]:
        """The facts of a source, by line. Raises SourceUnreadable."""
        is_module = has_module_syntax(text)
        try:
            if path.endswith(".ts"):
                source = Uncompiled(path=path, text=text, is_typescript=True, is_module=False)
                text = await self._compiler.compile(source)
            found = await self._tool.work(path, text, {"module": is_module})
        except BuildFailed as error:
            raise _unreadable(path, str(error)) from error
        if "problem" in found:
            raise SourceUnreadable(f"SyntaxError: {found['problem']}", _number(found["line"]))
        return tuple(_fact(fact) for fact in found["facts"][:MOST_FACTS])


def _unreadable(path: str, message: str) -> SourceUnreadable:
    """`PATH:LINE: WHY` as the compiler says it, or `PATH: WHY`."""
    rest = message.removeprefix(path)
    number, colon, why = rest.removeprefix(":").partition(": ")
    if colon and number.isdecimal():
        return SourceUnreadable(why, int(number))
    return SourceUnreadable(rest.removeprefix(": "), 1)


def _fact(found: Mapping[str, object]) -> Fact:
    about = {name: value for name, value in found.items() if name not in {"kind", "line"}}
    return Fact(kind=str(found["kind"]), line=_number(found["line"]), about=about)


def _number(value: object) -> int:
    """A whole number as a guest returns it: canonical Extended JSON."""
    return int(next(iter(value.values()))) if isinstance(value, dict) else 1
