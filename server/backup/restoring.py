"""Puts a backup back, into a data directory that holds nothing yet."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from server.backup.manifest import DOCUMENTS, IDENTITY, KEY, Content, Manifest, check
from server.backup.problems import BackupError
from server.backup.taking import settle_folders, sync
from server.store.opening import ARRIVING

_IN_ORDER: Final = (DOCUMENTS, KEY, IDENTITY)
"""A data directory is one once it holds identity data: those come last."""


def check_backup(backup: Path, progress: Callable[[int, int], None]) -> Manifest:
    """What the backup holds, once every file is found to be what was written. Raises BackupError."""
    manifest = Manifest.read(backup)
    if IDENTITY not in manifest.files:
        raise BackupError(f"the backup {backup} has no {IDENTITY}")
    total, done = sum(content.bytes for content in manifest.files.values()), 0
    for name, content in manifest.files.items():
        check(backup, name, content)
        done += content.bytes
        progress(done, total)
    return manifest


def restore(manifest: Manifest, backup: Path, data: Path) -> None:
    """Copy the files of a checked backup into `data`, which the caller holds.

    Copies are checked once more before any of them counts. One that is interrupted leaves no store that opens; done
    again it goes on. Raises BackupError where `data` holds something else already.
    """
    arriving = data / ARRIVING
    standing = [name for name in _IN_ORDER if (data / name).exists()]
    for name in standing:
        if not (arriving.exists() and _is_put_back(manifest, data, name)):
            raise BackupError(f"{data / name} is there already: move the data away, or name another --data-dir")
    missing = {name: content for name, content in manifest.files.items() if name.split("/")[0] not in standing}
    try:
        arriving.mkdir(mode=0o700, exist_ok=True)
        try:
            _copy_all(missing, backup, arriving)
        except BaseException:
            _clear(arriving)
            if not standing:
                arriving.rmdir()
            raise
        for name in _IN_ORDER:
            if (arriving / name).exists():
                (arriving / name).rename(data / name)
        arriving.rmdir()
        sync(data)
    except OSError as error:
        raise BackupError(f"{error.filename or data} cannot be written: {error.strerror}") from error


def _is_put_back(manifest: Manifest, data: Path, name: str) -> bool:
    """Whether these are the files of the backup and nothing else: an earlier restore came as far as here."""
    expected = {file for file in manifest.files if file.split("/")[0] == name}
    found = {path.relative_to(data).as_posix() for path in (data / name, *(data / name).rglob("*")) if path.is_file()}
    return (
        name != IDENTITY
        and found == expected
        and all(Content.of(data / file) == manifest.files[file] for file in found)
    )


def _copy_all(files: Mapping[str, Content], backup: Path, arriving: Path) -> None:
    _clear(arriving)
    for name, content in files.items():
        _copy(backup / name, arriving / name)
        check(arriving, name, content)
    settle_folders(arriving)


def _clear(arriving: Path) -> None:
    """Remove what is on its way, and not the folder: as long as it is there, nothing opens what is in place."""
    for path in arriving.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except OSError as error:  # a full disk is told with the name of what was read
        raise BackupError(f"{source} cannot be copied to {target}: {error.strerror}") from error
    target.chmod(0o600)
    sync(target)
