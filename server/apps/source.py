"""Where the files of an app come from: a folder on disk, or a tree of files held in memory."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, TypeAlias

Tree: TypeAlias = Mapping[str, bytes]
"""Files by path relative to the root, with `/`."""


class FileSource(Protocol):
    """Reads by path relative to the root, with `/`."""

    def exists(self, path: str) -> bool:
        """Whether anything stands at that path, be it a link that leads nowhere."""

    def is_file(self, path: str) -> bool:
        """Whether it is an ordinary file."""

    def is_folder(self, path: str) -> bool:
        """Whether it is a folder, or a link to one."""

    def why_not(self, path: str) -> str:
        """Why what stands there is not to be read; empty where it may be."""

    def names(self, folder: str) -> list[str]:
        """What stands right in a folder, in any order. Raises OSError."""

    def read(self, path: str, most: int) -> bytes:
        """The first `most` bytes of a file. Raises OSError."""


class FolderSource:
    """A folder on disk; links that lead out of it are refused."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def exists(self, path: str) -> bool:
        """Whether anything stands there."""
        return os.path.lexists(self._root / path)

    def is_file(self, path: str) -> bool:
        """Whether it is an ordinary file: opening a named pipe would block for ever."""
        return (self._root / path).is_file()

    def is_folder(self, path: str) -> bool:
        """Whether it is a folder, or a link to one."""
        return (self._root / path).is_dir()

    def why_not(self, path: str) -> str:
        """Links out of the folder and to folders are not followed."""
        place = self._root / path
        if not place.resolve().is_relative_to(self._root):
            return "a symbolic link leads out of the app's folder"
        return "a symbolic link to a folder is not followed" if place.is_symlink() and place.is_dir() else ""

    def names(self, folder: str) -> list[str]:
        """What stands right in the folder."""
        return [entry.name for entry in (self._root / folder).iterdir()]

    def read(self, path: str, most: int) -> bytes:
        """The beginning of the file."""
        with (self._root / path).open("rb") as file:
            return file.read(most)


class TreeSource:
    """A tree in memory: what was uploaded, or is kept as a version."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._folders: dict[str, set[str]] = {"": set()}
        for path in tree:
            self._enter(path)

    def exists(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        return path in self._tree or path in self._folders

    def is_file(self, path: str) -> bool:
        """Whether there is such a file."""
        return path in self._tree

    def is_folder(self, path: str) -> bool:
        """Whether files stand below it."""
        return path in self._folders

    def why_not(self, path: str) -> str:
        """A tree has no links."""
        del path
        return ""

    def names(self, folder: str) -> list[str]:
        """What stands right in the folder."""
        return list(self._folders.get(folder, ()))

    def read(self, path: str, most: int) -> bytes:
        """The beginning of the file."""
        return self._tree[path][:most]

    def _enter(self, path: str) -> None:
        while path:
            folder, _, name = path.rpartition("/")
            self._folders.setdefault(folder, set()).add(name)
            path = folder


class RecordingSource:
    """A source that remembers what was read of it."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self.exists, self.is_file, self.is_folder = source.exists, source.is_file, source.is_folder
        self.why_not, self.names = source.why_not, source.names
        self.files: dict[str, bytes] = {}

    def read(self, path: str, most: int) -> bytes:
        """The beginning of the file."""
        content = self.files[path] = self._source.read(path, most)
        return content
