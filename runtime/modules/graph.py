"""Follows what functions require, file by file, until all that they can reach is known."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

import orjson

from runtime.errors import BuildFailed
from runtime.limits import BuildLimits
from runtime.messages import ImageSource, ModuleSource
from runtime.modules import library
from runtime.modules.compiling import Compiler, Uncompiled
from runtime.modules.files import ModuleFiles
from runtime.modules.resolution import IMPORT, REQUIRE, Resolver
from runtime.modules.specifiers import has_module_syntax, may_require, required_by, with_own_import

_log = logging.getLogger(__name__)
ROOT: Final = "functions/"
"""Before the path of a file, in the ids of modules and in stack traces."""


class ModuleMissing(BuildFailed):
    """A function requires a package that is listed but not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSources:
    """Function name to source, the path of each source's file, and the packages that the author lists."""

    texts: Mapping[str, str]
    paths: Mapping[str, str] = field(default_factory=dict)
    dependencies: AbstractSet[str] = frozenset()

    def path(self, name: str) -> str:
        """The file of a function, relative to the functions' folder."""
        return self.paths.get(name, f"{name}.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    """A module's text, compiled, and how names in it are resolved."""

    text: str
    is_esm: bool = False
    conditions: AbstractSet[str] = REQUIRE


async def gather_modules(sources: FunctionSources, files: ModuleFiles, compiler: Compiler) -> ImageSource:
    """All that the functions need, compiled. Raises BuildFailed naming the file; nothing is ever run for it here."""
    return await _Gathering(sources, files, compiler).gather()


class _Gathering:
    """One walk over the graph, level by level."""

    def __init__(self, sources: FunctionSources, files: ModuleFiles, compiler: Compiler) -> None:
        self._sources = sources
        self._files = files
        self._resolver = Resolver(files)
        self._compiler = compiler
        self._modules: dict[str, ModuleSource] = {}
        self._size = 0

    async def gather(self) -> ImageSource:
        names = sorted(self._sources.texts)
        texts = await asyncio.gather(*map(self._compile_function, names))
        functions = dict(zip(names, texts, strict=True))
        require = any(map(may_require, functions.values()))
        links = await asyncio.to_thread(self._link_functions, functions) if require else {}
        level = _targets(links.values())
        while level:
            loaded = await asyncio.gather(*map(self._load, level))
            found = await asyncio.to_thread(self._add, dict(zip(level, loaded, strict=True)))
            level = [id for id in _targets(found) if id not in self._modules]
        self._tell_substitutes()
        paths = {name: ROOT + self._sources.path(name) for name in names}
        return ImageSource(functions=functions, modules=self._modules, links=links, files=paths)

    def _tell_substitutes(self) -> None:
        for id in self._modules:
            scheme, _, name = id.partition(":")
            if scheme == "package":
                installed = self._resolver.version(name) or "not installed"
                _log.info("%s (%s) is computed by the host, see docs/reference/javascript.md", name, installed)

    async def _compile_function(self, name: str) -> str:
        path, text = self._sources.path(name), self._sources.texts[name]
        is_typescript, is_module = path.endswith(".ts"), has_module_syntax(text)
        if is_typescript or is_module:
            source = Uncompiled(path=ROOT + path, text=text, is_typescript=is_typescript, is_module=is_module)
            return await self._compiler.compile(source)
        return with_own_import(text)

    def _link_functions(self, functions: Mapping[str, str]) -> dict[str, dict[str, str]]:
        links = {}
        for name, text in functions.items():
            path = self._sources.path(name)
            links[name] = self._links(text, path, REQUIRE)
            for required in required_by(text):
                self._refuse_missing(path, required, links[name])
        return {name: found for name, found in links.items() if found}

    def _refuse_missing(self, path: str, required: str, links: Mapping[str, str]) -> None:
        package = "/".join(required.split("/")[: 2 if required.startswith("@") else 1])
        if package in self._sources.dependencies and required not in links and not library.is_in_base(required):
            raise ModuleMissing(
                f"{ROOT}{path} requires {required!r}, which functions/package.json lists and functions/node_modules"
                " does not hold: run `npm install --ignore-scripts` in functions/, or put an archive of it there"
            )

    def _links(self, text: str, path: str, conditions: AbstractSet[str]) -> dict[str, str]:
        found = {name: self._resolve(name, path, conditions) for name in required_by(text)}
        return {name: id for name, id in found.items() if id is not None}

    def _resolve(self, name: str, path: str, conditions: AbstractSet[str]) -> str | None:
        if library.is_part(path):
            return library.CORE if name == library.CORE else library.built_in(name)
        own = library.built_in(name) or library.substitute(name)
        if own is not None or library.is_in_base(name):
            return own
        found = self._resolver.resolve(name, path, conditions)
        return None if found is None or found.endswith(".node") else ROOT + found

    async def _load(self, id: str) -> _Loaded:
        if library.is_part(id):
            return _Loaded(text=await asyncio.to_thread(library.read_part, id))
        path = id.removeprefix(ROOT)
        text = await asyncio.to_thread(self._read, path)
        if path.endswith(".json"):
            return _Loaded(text=_json_module(id, text))
        is_package = path.startswith("node_modules/")
        is_esm = has_module_syntax(text) if path.endswith(".ts") or not is_package else self._is_esm(path, text)
        if not is_esm and not path.endswith(".ts"):
            return _Loaded(text=with_own_import(text))
        source = Uncompiled(path=id, text=text, is_typescript=path.endswith(".ts"), is_module=is_esm)
        conditions = IMPORT if is_package else REQUIRE
        return _Loaded(text=await self._compiler.compile(source), is_esm=is_esm and is_package, conditions=conditions)

    def _is_esm(self, path: str, text: str) -> bool:
        """Some packages lead `require` to ES modules without saying so."""
        return self._resolver.is_esm(path) or (not path.endswith(".cjs") and has_module_syntax(text))

    def _read(self, path: str) -> str:
        content = self._files.read(path)
        if content is None:
            raise BuildFailed(f"{ROOT}{path}: cannot be read, or is too large")
        self._size += len(content)
        if self._size > BuildLimits().source:
            raise BuildFailed(f"{ROOT}{path}: the packages that the functions need exceed {BuildLimits().source} bytes")
        return content.decode("utf-8-sig", "replace")

    def _add(self, loaded: Mapping[str, _Loaded]) -> list[dict[str, str]]:
        """Keep a level of modules; gives their links."""
        for id, module in loaded.items():
            links = self._links(module.text, id if library.is_part(id) else id.removeprefix(ROOT), module.conditions)
            self._modules[id] = ModuleSource(text=module.text, links=links, is_esm=module.is_esm)
        return [dict(self._modules[id].links) for id in loaded]


def _targets(links: Iterable[Mapping[str, str]]) -> list[str]:
    return sorted({id for each in links for id in each.values()} - {library.CORE})


def _json_module(id: str, text: str) -> str:
    """A module that is a JSON file's value; parsed by the engine, since JavaScript reads `__proto__` differently."""
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BuildFailed(f"{id}: {error}") from error
    return f"module.exports = JSON.parse({orjson.dumps(text).decode()});"
