"""An app's npm packages: `functions/node_modules`, as a folder or as the archive of one (contract 9.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Final, TypeAlias

from runtime.modules.files import FilesInMemory, ModuleFiles
from server.apps.packed import DAMAGED, open_zip, tar_members
from server.apps.source import FileSource

FOLDER: Final = "functions"
ARCHIVES: Final = tuple(f"node_modules{suffix}" for suffix in (".tar.gz", ".tgz", ".tar", ".zip"))
"""Read where there is no `node_modules` folder, the first that is there."""
MAX_ARCHIVE: Final = 64 * 1024 * 1024
"""Bytes of an archive as it is (contract 4.5: 15 MB)."""
MAX_UNPACKED: Final = 512 * 1024 * 1024
"""Bytes of all files in an archive together."""
MAX_ENTRIES: Final = 100_000
"""Files, folders and all else in an archive."""
MAX_MODULE: Final = 8 * 1024 * 1024
"""Bytes of one file that functions require."""
_READ: Final = (".js", ".cjs", ".mjs", ".json")
_Entries: TypeAlias = Iterator[tuple[str, int, IO[bytes]]]


class PackagesUnreadable(Exception):
    """The archive is damaged or too large; the message names it."""


class FilesOfApp:
    """Modules among the files of an app; what an app may not read is not there."""

    def __init__(self, source: FileSource) -> None:
        self._source = source

    def read(self, path: str) -> bytes | None:
        """The file's bytes; None where there is no such file, or one larger than a module may be."""
        if not self.is_file(path):
            return None
        try:
            content = self._source.read(f"{FOLDER}/{path}", MAX_MODULE + 1)
        except OSError:
            return None
        return content if len(content) <= MAX_MODULE else None

    def is_file(self, path: str) -> bool:
        """Whether there is such a file."""
        place = f"{FOLDER}/{path}"
        return self._source.is_file(place) and not self._source.why_not(place)


def archive_of_packages(source: FileSource) -> str | None:
    """The name of the archive in which the packages are, if they are in one."""
    if source.is_folder(f"{FOLDER}/node_modules"):
        return None
    return next((name for name in ARCHIVES if FilesOfApp(source).is_file(name)), None)


def open_packages(source: FileSource) -> ModuleFiles:
    """What the functions of an app may require. Raises PackagesUnreadable; an archive is unpacked into memory."""
    files, archive = FilesOfApp(source), archive_of_packages(source)
    if archive is None:
        return files
    content = source.read(f"{FOLDER}/{archive}", MAX_ARCHIVE + 1)
    if len(content) > MAX_ARCHIVE:
        raise PackagesUnreadable(f"{FOLDER}/{archive}: the archive is larger than {MAX_ARCHIVE} bytes")
    return _Both(files, FilesInMemory(unpack(f"{FOLDER}/{archive}", content)))


def package_paths(source: FileSource) -> Iterator[str]:
    """The files of an app's packages, by path relative to its root: every module, or the archive."""
    if source.is_folder(f"{FOLDER}/node_modules"):
        yield from _modules(source, f"{FOLDER}/node_modules")
        return
    archives = (f"{FOLDER}/{name}" for name in ARCHIVES)
    yield from [path for path in archives if source.is_file(path) and not source.why_not(path)][:1]


def _modules(source: FileSource, folder: str) -> Iterator[str]:
    for name in sorted(source.names(folder)):
        path = f"{folder}/{name}"
        if source.why_not(path):
            continue
        if source.is_folder(path):
            yield from _modules(source, path)
        elif name.endswith(_READ) and source.is_file(path):
            yield path


class _Both:
    """The app's own files, and behind them those of its archive."""

    def __init__(self, own: ModuleFiles, unpacked: ModuleFiles) -> None:
        self._own = own
        self._unpacked = unpacked

    def read(self, path: str) -> bytes | None:
        return self._own.read(path) if self._own.is_file(path) else self._unpacked.read(path)

    def is_file(self, path: str) -> bool:
        return self._own.is_file(path) or self._unpacked.is_file(path)


def unpack(name: str, content: bytes) -> dict[str, bytes]:
    """The modules in an archive, by path from `node_modules/` on; links and all else are left out."""
    try:
        return _collect(name, _zip_entries(content) if name.endswith(".zip") else _tar_entries(content))
    except DAMAGED as error:
        raise PackagesUnreadable(f"{name}: the archive cannot be read: {error}") from error


def _collect(name: str, entries: _Entries) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = MAX_UNPACKED
    for path, size, opened in entries:
        left -= size
        if left < 0:
            raise PackagesUnreadable(f"{name}: the files in the archive are larger than {MAX_UNPACKED} bytes together")
        inside = _inside(path)
        if inside is not None:
            content = opened.read(MAX_MODULE + 1)
            if len(content) <= MAX_MODULE:
                files[inside] = content
    return files


def _inside(path: str) -> str | None:
    """The path from the outermost `node_modules` on; None for what is no module there."""
    parts = path.replace("\\", "/").split("/")
    if "node_modules" not in parts or ".." in parts or not path.endswith(_READ):
        return None
    return "/".join(parts[parts.index("node_modules") :])


def _tar_entries(content: bytes) -> _Entries:
    for member, opened in tar_members(content, MAX_ENTRIES, MAX_UNPACKED):
        if opened is not None:
            yield member.name, member.size, opened


def _zip_entries(content: bytes) -> _Entries:
    with open_zip(content, MAX_ENTRIES) as archive:
        for member in archive.infolist():
            if not member.is_dir():
                with archive.open(member) as opened:
                    yield member.filename, member.file_size, opened
