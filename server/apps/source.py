"""Where the files of an app come from: a folder on disk, or a tree of files held in memory."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from enum import Enum, auto
from io import FileIO
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


class _Kind(Enum):
    """What stands at a path, links not followed."""

    NOTHING = auto()
    FILE = auto()
    FOLDER = auto()
    LINK = auto()
    OTHER = auto()


class FolderSource:
    """A folder on disk; links that lead out of it are refused.

    What stands in a folder is listed once, when it is first asked about; contents are those at the time of reading.
    """

    def __init__(self, root: Path) -> None:
        root = root.resolve()
        self._root = str(root)
        self.name = root.name
        self._listed: dict[str, dict[str, _Kind] | None] = {}

    def exists(self, path: str) -> bool:
        """Whether anything stands there."""
        return self._kind(path) is not _Kind.NOTHING

    def is_file(self, path: str) -> bool:
        """Whether it is an ordinary file: opening a named pipe would block for ever."""
        kind = self._kind(path)
        return kind is _Kind.FILE or (kind is _Kind.LINK and Path(self._place(path)).is_file())

    def is_folder(self, path: str) -> bool:
        """Whether it is a folder, or a link to one."""
        kind = self._kind(path)
        return kind is _Kind.FOLDER or (kind is _Kind.LINK and Path(self._place(path)).is_dir())

    def why_not(self, path: str) -> str:
        """Links out of the folder and to folders are not followed."""
        if not self._leads_over_link(path):
            return ""
        if not Path(os.path.realpath(self._place(path))).is_relative_to(self._root):
            return "a symbolic link leads out of the app's folder"
        is_link = self._kind(path) is _Kind.LINK
        return "a symbolic link to a folder is not followed" if is_link and self.is_folder(path) else ""

    def names(self, folder: str) -> list[str]:
        """What stands right in the folder."""
        listed = self._list(folder)
        return [path.name for path in Path(self._place(folder)).iterdir()] if listed is None else list(listed)

    def read(self, path: str, most: int) -> bytes:
        """The beginning of the file."""
        with FileIO(self._place(path)) as file:
            size = os.fstat(file.fileno()).st_size
            content = file.read(min(size + 1, most))
            while size < len(content) < most and (more := file.read(most - len(content))):
                content += more
            return content

    def _place(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _kind(self, path: str) -> _Kind:
        if not path:
            return _Kind.FOLDER
        folder, _, name = path.rpartition("/")
        listed = self._list(folder)
        return listed.get(name, _Kind.NOTHING) if listed is not None else _kind_at(self._place(path))

    def _list(self, folder: str) -> dict[str, _Kind] | None:
        """What stands right in a folder; None where only what one knows the name of can be seen."""
        if folder not in self._listed:
            self._listed[folder] = self._look_into(folder) if self.is_folder(folder) else {}
        return self._listed[folder]

    def _look_into(self, folder: str) -> dict[str, _Kind] | None:
        try:
            with os.scandir(self._place(folder)) as entries:
                return {entry.name: _kind_of(entry) for entry in entries}
        except OSError:
            return None

    def _leads_over_link(self, path: str) -> bool:
        while path:
            if self._kind(path) is _Kind.LINK:
                return True
            path = path.rpartition("/")[0]
        return False


def _kind_of(entry: os.DirEntry[str]) -> _Kind:
    if entry.is_file(follow_symlinks=False):
        return _Kind.FILE
    if entry.is_dir(follow_symlinks=False):
        return _Kind.FOLDER
    return _Kind.LINK if entry.is_symlink() else _Kind.OTHER


def _kind_at(place: str) -> _Kind:
    try:
        mode = os.lstat(place).st_mode
    except OSError:
        return _Kind.NOTHING
    if stat.S_ISREG(mode):
        return _Kind.FILE
    if stat.S_ISDIR(mode):
        return _Kind.FOLDER
    return _Kind.LINK if stat.S_ISLNK(mode) else _Kind.OTHER


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
    """A source that remembers what was read of it; what was read to its end is not read again."""

    def __init__(self, source: FileSource) -> None:
        self._source = source
        self.exists, self.is_file, self.is_folder = source.exists, source.is_file, source.is_folder
        self.why_not, self.names = source.why_not, source.names
        self.files: dict[str, bytes] = {}
        self._whole: set[str] = set()

    def read(self, path: str, most: int) -> bytes:
        """The beginning of the file."""
        if path in self._whole:
            return self.files[path][:most]
        content = self.files[path] = self._source.read(path, most)
        if len(content) < most:
            self._whole.add(path)
        return content
