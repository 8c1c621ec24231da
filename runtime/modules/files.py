"""What module resolution reads: files below the folder of an app's functions, wherever they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class ModuleFiles(Protocol):
    """Files by their path relative to the functions' folder, with `/`. Paths are normal: no `..`, no empty part."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes; None where there is no such file."""
        ...

    def is_file(self, path: str) -> bool:
        """Whether there is such a file."""
        ...


class FilesInMemory:
    """Files out of an archive."""

    def __init__(self, files: Mapping[str, bytes] | None = None) -> None:
        self._files = files or {}

    def read(self, path: str) -> bytes | None:
        """The file's bytes; None where there is no such file."""
        return self._files.get(path)

    def is_file(self, path: str) -> bool:
        """Whether there is such a file."""
        return path in self._files
