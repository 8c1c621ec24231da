"""Takes a backup of a data directory, whether or not a server runs on it."""

from __future__ import annotations

import functools
import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from server.backup.cut import copy, cut
from server.backup.manifest import DOCUMENTS, IDENTITY, KEY, Content, Manifest
from server.backup.problems import BackupError

_UNFINISHED = ".unfinished"


def take_backup(data: Path, target: Path, progress: Callable[[int, int], None], *, with_key: bool) -> Manifest:
    """Copy all that lasts of `data` as of one moment into the new directory `target`; what it holds.

    `progress` is told bytes done and bytes in all. A directory of this name is a whole backup. Raises BackupError.
    """
    if not (data / IDENTITY).exists():
        raise BackupError(f"{data} holds no data; --data-dir names the directory that `vestibule serve` uses")
    if target.resolve().is_relative_to((data / DOCUMENTS).resolve()):
        raise BackupError(f"{target} lies in {data / DOCUMENTS}, where it would be an app's documents: choose another")
    unfinished = _make(target)
    try:
        with cut(lambda: _lasting(data)) as readers:
            moment = datetime.now(UTC)
            _copy_all(data, unfinished, readers, progress)
        if with_key and (data / KEY).exists():
            shutil.copyfile(data / KEY, unfinished / KEY)
        manifest = Manifest(made=moment, program=version("vestibule"), files=_contents(unfinished))
        manifest.write(unfinished)
        settle_folders(unfinished)
        unfinished.rename(target)
        sync(target.parent)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise BackupError(f"{error.filename or target} cannot be written: {error.strerror}") from error
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return manifest


def _make(target: Path) -> Path:
    unfinished = target.with_name((target.name or ".") + _UNFINISHED)
    try:
        if target.exists():
            raise BackupError(f"{target} is there already; a backup is a new directory")
        unfinished.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise BackupError(
            f"{unfinished} is there: another backup is being taken, or one was interrupted; in that case remove it"
        ) from None
    except OSError as error:
        raise BackupError(f"{unfinished} cannot be made: {error.strerror}") from error
    return unfinished


def _lasting(data: Path) -> list[Path]:
    """The databases, in the order in which the server locks several: documents before identity data."""
    found = [*sorted((data / DOCUMENTS).glob("*/*.sqlite")), data / IDENTITY]
    _allow_open(len(found))
    return found


def _allow_open(databases: int) -> None:
    """A lock and a reader on each take up to four descriptors apiece."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = databases * 8 + 64
    if soft != resource.RLIM_INFINITY and soft < needed:
        allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def _copy_all(
    data: Path, folder: Path, readers: Mapping[Path, sqlite3.Connection], progress: Callable[[int, int], None]
) -> None:
    total, done = sum(path.stat().st_size for path in readers), 0
    for path, reader in readers.items():
        copied = folder / path.relative_to(data)
        copied.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        copy(reader, copied, functools.partial(_add, progress, done, total))
        done += copied.stat().st_size


def _add(progress: Callable[[int, int], None], before: int, total: int, now: int) -> None:
    progress(before + now, total)


def _contents(folder: Path) -> dict[str, Content]:
    """Every file, made the owner's alone, and on the disk."""
    found: dict[str, Content] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        path.chmod(0o600)
        sync(path)
        found[path.relative_to(folder).as_posix()] = Content.of(path)
    return found


def settle_folders(root: Path) -> None:
    """Make the folder and those in it the owner's alone, and have their lists of names on the disk."""
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        folder.chmod(0o700)
        sync(folder)


def sync(path: Path) -> None:
    """Wait until the file or directory is on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
