"""Where objects of one kind stand in the files: one file each, entries of an array, or entries of an object."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from server.apps.source import Tree
from server.apps.strict_json import dump as dump_json
from server.versions.paths import file_name

Json: TypeAlias = object
JsonObject: TypeAlias = dict[str, Json]


class Storage(Protocol):
    """Reads and writes objects by their keys; a key is what makes an object itself, mostly its name."""

    def read(self, tree: Tree) -> dict[str, JsonObject]:
        """All objects by key, in the order of the files."""

    def put(self, tree: Tree, key: str | None, value: JsonObject) -> Tree:
        """The files with the object in the place of the one of that key, or added."""

    def delete(self, tree: Tree, key: str) -> Tree:
        """The files without the object."""


def read_json(tree: Tree, path: str) -> Json:
    """The JSON of a file; None where it is missing or no JSON."""
    try:
        return json.loads(tree[path])
    except (KeyError, ValueError, RecursionError):
        return None


def by_name(value: JsonObject) -> str:
    """The usual key."""
    return str(value.get("name"))


def free_file(tree: Tree, folder: str, name: str, suffix: str, *, own: str | None = None) -> str:
    """Where a new object of that name goes: a file may have the name of another object than the one in it.

    `own` is the file that the object has by now.
    """
    part = file_name(name)
    while (path := f"{folder}/{part}{suffix}") in tree and path != own:
        part += "_"
    return path


def _folder_of(path: str) -> str:
    return f"{path.rpartition('/')[0]}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEach:
    """One file an object below a folder."""

    folder: str
    suffix: str = ".json"
    key: Callable[[JsonObject], str] = by_name

    def read(self, tree: Tree) -> dict[str, JsonObject]:
        """All objects, by the names in them."""
        found = ((path, read_json(tree, path)) for path in self._paths(tree))
        return {self.key(value): value for _, value in found if isinstance(value, dict)}

    def put(self, tree: Tree, key: str | None, value: JsonObject) -> Tree:
        """In the file where it stood; under another key it moves, with all that is in a folder of its own."""
        old = self.path_of(tree, key) if key is not None else None
        if old is not None and key == self.key(value):
            return {**tree, old: dump_json(value)}
        new = free_file(tree, self.folder, self.key(value), self.suffix, own=old)
        moved = {self._moved(path, old, new): content for path, content in tree.items()}
        return {**moved, new: dump_json(value)}

    def delete(self, tree: Tree, key: str) -> Tree:
        """The files without its file, or without its folder where it has one of its own."""
        gone = self.path_of(tree, key)
        return {path: content for path, content in tree.items() if not self._belongs(path, gone)}

    def _belongs(self, path: str, to: str | None) -> bool:
        return to is not None and (path == to or (self._has_folder and path.startswith(_folder_of(to))))

    def _moved(self, path: str, old: str | None, new: str) -> str:
        if old is None or not self._belongs(path, old):
            return path
        return new if path == old else _folder_of(new) + path.removeprefix(_folder_of(old))

    @property
    def _has_folder(self) -> bool:
        return self.suffix.startswith("/")

    def _paths(self, tree: Tree) -> list[str]:
        depth = self.folder.count("/") + 1 + self.suffix.count("/")
        return [
            path
            for path in sorted(tree)
            if path.startswith(f"{self.folder}/") and path.endswith(self.suffix) and path.count("/") == depth
        ]

    def path_of(self, tree: Tree, key: str) -> str | None:
        """The file in which the object stands; None where there is none."""
        for path in self._paths(tree):
            value = read_json(tree, path)
            if isinstance(value, dict) and self.key(value) == key:
                return path
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrayEntries:
    """Entries of an array in one file."""

    path: str
    key: Callable[[JsonObject], str] = by_name

    def read(self, tree: Tree) -> dict[str, JsonObject]:
        """All entries."""
        return {self.key(entry): entry for entry in self._entries(tree)}

    def put(self, tree: Tree, key: str | None, value: JsonObject) -> Tree:
        """In the place where it stood, else at the end."""
        entries, is_known = self._entries(tree), False
        for index, entry in enumerate(entries):
            if self.key(entry) == key:
                entries[index], is_known = value, True
        return {**tree, self.path: dump_json(entries if is_known else [*entries, value])}

    def delete(self, tree: Tree, key: str) -> Tree:
        """The files without the entry."""
        return {**tree, self.path: dump_json([entry for entry in self._entries(tree) if self.key(entry) != key])}

    def _entries(self, tree: Tree) -> list[JsonObject]:
        value = read_json(tree, self.path)
        return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectEntries:
    """Entries of an object in one file, each under its key."""

    path: str
    key: Callable[[JsonObject], str] = by_name

    def read(self, tree: Tree) -> dict[str, JsonObject]:
        """All entries."""
        value = read_json(tree, self.path)
        entries = value if isinstance(value, dict) else {}
        return {key: {"name": key, **entry} for key, entry in entries.items() if isinstance(entry, dict)}

    def put(self, tree: Tree, key: str | None, value: JsonObject) -> Tree:
        """Under its key."""
        entries = {name: entry for name, entry in self.read(tree).items() if name != key or key == self.key(value)}
        return {**tree, self.path: dump_json(entries | {self.key(value): value})}

    def delete(self, tree: Tree, key: str) -> Tree:
        """The files without the entry."""
        entries = {name: entry for name, entry in self.read(tree).items() if name != key}
        return {**tree, self.path: dump_json(entries)}
