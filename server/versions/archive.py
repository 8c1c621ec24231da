"""An app's files as a zip archive, both ways (contract 12.2)."""

from __future__ import annotations

import io
import stat
import zipfile

from server.apps.files import MAX_FOLDER_BYTES
from server.apps.packed import DAMAGED, open_zip
from server.apps.source import Tree
from server.versions.paths import UnsafePath, check_path

MOST_FILES = 20_000
MOST_ENTRIES = 4 * MOST_FILES
"""Files and folders."""
_MOMENT = (1980, 1, 1, 0, 0, 0)
"""One time for all files, so that the same version is the same archive."""


class ArchiveError(ValueError):
    """The upload is no zip archive of an app; the message says why."""


def write_zip(tree: Tree) -> bytes:
    """The files as an archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(tree):
            entry = zipfile.ZipInfo(path, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, tree[path])
    return target.getvalue()


def read_zip(data: bytes) -> Tree:
    """The files of an archive; one folder around all of them is taken off. Raises ArchiveError."""
    try:
        with open_zip(data, MOST_ENTRIES) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_sizes(entries)
            return _without_folder({check_path(entry.filename): archive.read(entry) for entry in entries})
    except ArchiveError:
        raise
    except (*DAMAGED, UnsafePath) as error:
        raise ArchiveError(f"not a zip archive of an app: {error}") from error


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    """By what the archive declares; zipfile refuses entries that hold more."""
    if len(entries) > MOST_FILES:
        raise ArchiveError(f"the archive holds more than {MOST_FILES} files")
    if sum(entry.file_size for entry in entries) > MAX_FOLDER_BYTES:
        raise ArchiveError(f"the files are larger than {MAX_FOLDER_BYTES} bytes together")


def _without_folder(files: dict[str, bytes]) -> Tree:
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1 or any("/" not in path for path in files):
        return files
    (top,) = tops
    return {path.removeprefix(f"{top}/"): content for path, content in files.items()}
