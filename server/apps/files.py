"""The files of an app folder, read without leaving the folder, and the version that they make up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256

from server.apps.problems import Problems
from server.apps.source import FileSource
from server.apps.strict_json import Json, JsonError, parse

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_FOLDER_BYTES = 64 * 1024 * 1024
MAX_FOLDER_DEPTH = 32
IGNORED_FOLDERS = frozenset({"node_modules"})


class AppFiles:
    """Reads by path relative to the root, with `/`; whatever cannot be read becomes a problem and None."""

    def __init__(self, source: FileSource, problems: Problems) -> None:
        self.source = source
        self._problems = problems
        self._digests: dict[str, str] = {}
        self._bytes_left = MAX_FOLDER_BYTES

    def has(self, path: str) -> bool:
        """Whether anything stands at that path, be it a link that leads nowhere."""
        return self.source.exists(path)

    def files(self, folder: str, suffix: str) -> list[str]:
        """The files right in a folder by their suffix, sorted."""
        return [entry for entry in self._entries(folder) if entry.endswith(suffix) and not self._is_folder(entry)]

    def folders(self, folder: str) -> list[str]:
        """The folders right in a folder, sorted."""
        return [entry for entry in self._entries(folder) if self._is_folder(entry)]

    def tree(self, folder: str, suffix: str) -> Iterator[str]:
        """The files below a folder, parents first; installed packages are left out."""
        yield from self.files(folder, suffix)
        for inner in self.folders(folder):
            if inner.count("/") > MAX_FOLDER_DEPTH:
                self._problems.add(inner, "", f"folders are nested deeper than {MAX_FOLDER_DEPTH} levels")
            else:
                yield from self.tree(inner, suffix)

    def read_text(self, path: str) -> str | None:
        """The text of a file, which must be UTF-8."""
        content = self.read_bytes(path)
        try:
            text = None if content is None else content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            self._problems.add(path, "", f"not UTF-8 at byte {error.start}")
            return None
        if text is not None:
            self._note(path, text)
        return text

    def read_json(self, path: str) -> Json:
        """The JSON of a file; None where it could not be read, too."""
        text = self.read_text(path)
        if text is None:
            return None
        if not text.strip():
            self._problems.add(path, "", "the file is empty")
            return None
        try:
            tree = parse(text)
        except JsonError as error:
            self._problems.add(path, "", str(error))
            return None
        if tree is None:
            self._problems.add(path, "", "the file holds nothing but null")
        self._note(path, json.dumps(tree, sort_keys=True))
        return tree

    def version(self, app_id: str) -> str:
        """SHA-256 over the app id and all that was read; JSON counts by its content, not by its formatting."""
        return sha256(json.dumps([app_id, sorted(self._digests.items())]).encode()).hexdigest()

    def _note(self, path: str, canonical: str) -> None:
        self._digests[path] = sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    def _entries(self, folder: str) -> list[str]:
        if not self.source.is_folder(folder) or not self._may_read(folder):
            return []
        try:
            names = sorted(self.source.names(folder))
        except OSError as error:
            self._problems.add(folder, "", f"cannot be read: {error.strerror}")
            return []
        return [f"{folder}/{name}" for name in names if not name.startswith(".") and name not in IGNORED_FOLDERS]

    def _is_folder(self, path: str) -> bool:
        return self.source.is_folder(path) and self._may_read(path)

    def _may_read(self, path: str) -> bool:
        why = self.source.why_not(path)
        if why:
            self._problems.add(path, "", why)
        return not why

    def read_bytes(self, path: str) -> bytes | None:
        """The content of a file."""
        if not self._may_read(path):
            return None
        if not self.source.is_file(path):
            self._problems.add(path, "", "not a file")
            return None
        try:
            content = self.source.read(path, MAX_FILE_BYTES + 1)
        except OSError as error:
            self._problems.add(path, "", f"cannot be read: {error.strerror}")
            return None
        return self._within_limits(path, content)

    def _within_limits(self, path: str, content: bytes) -> bytes | None:
        self._bytes_left -= len(content)
        if len(content) > MAX_FILE_BYTES:
            self._problems.add(path, "", f"the file is larger than {MAX_FILE_BYTES} bytes")
            return None
        if self._bytes_left < 0:
            self._problems.add(path, "", f"the app's files are larger than {MAX_FOLDER_BYTES} bytes together")
            return None
        return content
