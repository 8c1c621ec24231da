"""Reads the sources of an app's functions, and the app's own modules that they lead to."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import Final

from runtime.modules import library
from runtime.modules.analysing import Analyser, Fact, SourceUnreadable
from runtime.modules.files import ModuleFiles
from runtime.modules.graph import ROOT
from runtime.modules.resolution import REQUIRE, Resolver

MOST_MODULES: Final = 2000
"""Of an app's own that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source: its path relative to the functions' folder, what it asks for, or why it cannot be read."""

    path: str
    facts: tuple[Fact, ...] = ()
    problem: str = ""
    line: int = 0
    modules: tuple[str, ...] = ()
    """The app's own modules that it requires, by path."""

    def of_kind(self, kind: str) -> list[Fact]:
        """Its facts of one kind."""
        return [fact for fact in self.facts if fact.kind == kind]


@dataclass(slots=True, kw_only=True)
class Code:
    """The sources of an app, each read once."""

    analyser: Analyser
    files: ModuleFiles
    _sources: dict[str, Source] = field(default_factory=dict)
    _resolver: Resolver = field(init=False)

    def __post_init__(self) -> None:
        self._resolver = Resolver(self.files)

    async def read(self, path: str, text: str) -> Source:
        """A source, and before it those that it leads to."""
        known = self._sources.get(path)
        if known is not None or len(self._sources) >= MOST_MODULES:
            return known or Source(path=path)
        source = self._sources[path] = await self._analyse(path, text)
        for module in source.modules:
            await self.read(module, (self.files.read(module) or b"").decode("utf-8-sig", "replace"))
        return source

    def reached(self, source: Source) -> list[Source]:
        """The source and all of the app's own that it leads to, itself first."""
        found = {source.path: source}
        waiting = [source]
        while waiting:
            for path in waiting.pop().modules:
                if path not in found and path in self._sources:
                    found[path] = self._sources[path]
                    waiting.append(found[path])
        return list(found.values())

    @property
    def sources(self) -> list[Source]:
        """All that was read."""
        return list(self._sources.values())

    def resolve(self, name: str, importer: str) -> str | None:
        """The path of the file that a source means by a name; None where there is none."""
        return self._resolver.resolve(name, importer, REQUIRE)

    async def _analyse(self, path: str, text: str) -> Source:
        try:
            facts = await self.analyser.analyse(ROOT + path, text)
        except SourceUnreadable as error:
            return Source(path=path, problem=str(error), line=error.line)
        return Source(path=path, facts=facts, modules=self._own_modules(path, facts))

    def _own_modules(self, path: str, facts: tuple[Fact, ...]) -> tuple[str, ...]:
        names = [fact.text("name") for fact in facts if fact.kind == "require"]
        found = [self.resolve(name, path) for name in names if not is_provided(name)]
        return tuple(dict.fromkeys(each for each in found if each is not None and _is_own(each)))


def is_provided(name: str) -> bool:
    """Whether the runtime itself answers to the name of a module."""
    return bool(library.is_in_base(name) or library.built_in(name) or library.substitute(name))


def package_of(name: str) -> str:
    """The package that a required name belongs to; empty for a path."""
    if name.startswith((".", "/", "#")):
        return ""
    return "/".join(name.split("/")[: 2 if name.startswith("@") else 1])


def _is_own(path: str) -> bool:
    return not path.startswith("node_modules/") and posixpath.splitext(path)[1] in {".js", ".cjs", ".mjs", ".ts"}
