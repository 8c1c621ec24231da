"""Node's algorithm from what a file requires to the file that is meant (Node's documentation, "Modules")."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Set as AbstractSet
from typing import Final

import orjson

from runtime.modules.exports_map import Json, entry_of, import_of
from runtime.modules.files import ModuleFiles

REQUIRE: Final = frozenset({"require", "node", "default"})
"""The conditions of `require`."""
IMPORT: Final = frozenset({"import", "node", "module-sync", "default"})
"""The conditions of an ES module's `import`."""
_SUFFIXES: Final = ("", ".js", ".json", ".cjs", ".mjs", ".ts")
_INDEXES: Final = ("index.js", "index.json", "index.ts")
_NAME: Final = re.compile(r"((?:@[^/]+/)?[^/@.#][^/]*)(/.+)?")


class Resolver:
    """Resolves within one folder of functions; package files are read once."""

    def __init__(self, files: ModuleFiles) -> None:
        self._files = files
        self._packages: dict[str, dict[str, Json] | None] = {}

    def resolve(self, name: str, importer: str, conditions: AbstractSet[str] = REQUIRE) -> str | None:
        """The path of the file that `importer`, itself a path, means by `name`; None where there is none."""
        folder = posixpath.dirname(importer)
        if name.startswith(("./", "../")) or name in {".", ".."}:
            path = _normal(folder, name)
            return self._in_folder(path) if name.endswith(("/", ".")) else self._file(path)
        if name.startswith("#"):
            return self._imported(name, folder, conditions)
        match = _NAME.fullmatch(name)
        return None if match is None else self._in_packages(match[1], match[2] or "", folder, conditions)

    def is_esm(self, path: str) -> bool:
        """Whether a file is an ES module by its name or by its package's `type`."""
        if path.endswith((".mjs", ".cjs")):
            return path.endswith(".mjs")
        return path.endswith(".js") and self._scope(posixpath.dirname(path))[1].get("type") == "module"

    def version(self, name: str) -> str | None:
        """The version of an installed package; None where it is not installed."""
        package = self._package(f"node_modules/{name}")
        version = None if package is None else package.get("version")
        return version if isinstance(version, str) else None

    def _in_packages(self, package: str, subpath: str, folder: str, conditions: AbstractSet[str]) -> str | None:
        own_folder, own = self._scope(folder)
        if own.get("name") == package and "exports" in own:
            return self._exported(own_folder, own, subpath, conditions)
        for parent in _parents(folder):
            place = posixpath.join(parent, "node_modules", package)
            found = self._package(place)
            if found is not None and found.get("exports") is not None:
                return self._exported(place, found, subpath, conditions)
            file = self._file(place + subpath) if subpath or found is None else self._main(place, found)
            if file is not None:
                return file
        return None

    def _exported(self, place: str, package: dict[str, Json], subpath: str, conditions: AbstractSet[str]) -> str | None:
        target = entry_of(package["exports"], f".{subpath}", conditions)
        return None if target is None else self._target(place, target)

    def _imported(self, name: str, folder: str, conditions: AbstractSet[str]) -> str | None:
        place, package = self._scope(folder)
        target = import_of(package.get("imports"), name, conditions)
        if target is None or target.startswith("#"):
            return None
        if target.startswith("./"):
            return self._target(place, target)
        return self.resolve(target, posixpath.join(place, "package.json"), conditions)

    def _target(self, place: str, target: str) -> str | None:
        """A map's target is a file of its package, written out in full."""
        if not target.startswith("./") or ".." in target.split("/"):
            return None
        path = _normal(place, target)
        return path if path is not None and self._files.is_file(path) else None

    def _main(self, place: str, package: dict[str, Json]) -> str | None:
        main = package.get("main")
        if isinstance(main, str) and main:
            file = self._file(_normal(place, main))
            if file is not None:
                return file
        return self._file(place)

    def _file(self, path: str | None) -> str | None:
        """The file at a path, with a suffix that Node would try, or the main file of the folder there."""
        if path is None:
            return None
        found = (path + suffix for suffix in _SUFFIXES if path and self._files.is_file(path + suffix))
        return next(found, None) or self._in_folder(path)

    def _in_folder(self, path: str | None) -> str | None:
        """The main file of a folder; else its index."""
        if path is None:
            return None
        package = self._package(path) if path else None
        if package is not None and isinstance(package.get("main"), str):
            main = _normal(path, str(package["main"]))
            inner = None if main in {None, path} else self._file(main)
            if inner is not None:
                return inner
        indexes = (posixpath.join(path, index) for index in _INDEXES)
        return next((index for index in indexes if self._files.is_file(index)), None)

    def _scope(self, folder: str) -> tuple[str, dict[str, Json]]:
        """The nearest folder with a package.json, and that."""
        for parent in _parents(folder):
            package = self._package(parent)
            if package is not None:
                return parent, package
            if parent.endswith("/node_modules"):
                break
        return "", {}

    def _package(self, place: str) -> dict[str, Json] | None:
        if place not in self._packages:
            self._packages[place] = self._read_package(posixpath.join(place, "package.json"))
        return self._packages[place]

    def _read_package(self, path: str) -> dict[str, Json] | None:
        content = self._files.read(path)
        try:
            package = None if content is None else orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError:
            return None
        return package if isinstance(package, dict) else None


def _normal(folder: str, name: str) -> str | None:
    """A path relative to the root; None where it leads out of it."""
    path = posixpath.normpath(posixpath.join(folder, name))
    if path == ".." or path.startswith(("../", "/")):
        return None
    return "" if path == "." else path


def _parents(folder: str) -> list[str]:
    """The folder and those above it up to the root, which is the empty text."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:length]) for length in range(len(parts), -1, -1)]
