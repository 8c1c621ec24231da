"""Puts a backup back, into a data directory that holds nothing yet."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from server.backup.manifest import DOCUMENTS, IDENTITY, KEY, Manifest, check
from server.backup.problems import BackupError
from server.backup.taking import settle_folders, sync

_ARRIVING: Final = "restoring"
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
    """Copy the files of a checked backup into `data`, which the caller holds; all of them or none are in their place.

    Copies are checked once more before any of them counts. Raises BackupError where `data` holds something already.
    """
    for name in _IN_ORDER:
        if (data / name).exists():
            raise BackupError(f"{data / name} is there already: move the data away, or name another --data-dir")
    arriving = data / _ARRIVING
    try:
        shutil.rmtree(arriving, ignore_errors=True)
        _copy_all(manifest, backup, arriving)
        for name in _IN_ORDER:
            if (arriving / name).exists():
                (arriving / name).rename(data / name)
        arriving.rmdir()
        sync(data)
    except OSError as error:
        raise BackupError(f"{error.filename or data} cannot be written: {error.strerror}") from error


def _copy_all(manifest: Manifest, backup: Path, arriving: Path) -> None:
    arriving.mkdir(mode=0o700)
    for name, content in manifest.files.items():
        copied = arriving / name
        copied.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(backup / name, copied)
        copied.chmod(0o600)
        sync(copied)
        check(arriving, name, content)
    settle_folders(arriving)
