"""Several SQLite files as of one moment, while others go on writing to them."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Final

from server.backup.problems import BackupError
from server.store.transaction import is_busy

PATIENCE: Final = 60.0
"""Seconds for which a cut is tried while writers are at work."""
_LOCK_WAIT: Final = 0.25
"""Seconds that one file is waited for with others held: far less than writers wait for theirs."""
HELD: Final = 4.0
"""Seconds for which files are locked in all, however many: documents' writers wait ten, those of identity data five."""
_PAUSE: Final = 0.1
_PAGES_AT_ONCE: Final = 4096


@contextmanager
def cut(find: Callable[[], Sequence[Path]]) -> Iterator[Mapping[Path, sqlite3.Connection]]:
    """A reader for each file that is found, all of them at the same moment until the end of the block.

    Every file's write lock is held while the readers begin, so that no transaction is seen in one file and not yet in
    another. Files are locked in the order in which they are found, which must be that of whoever writes to several.
    Raises BackupError.
    """
    with ExitStack() as readers:
        yield _readers(find, readers)


def _readers(find: Callable[[], Sequence[Path]], stack: ExitStack) -> Mapping[Path, sqlite3.Connection]:
    give_up = time.monotonic() + PATIENCE
    while True:
        paths = find()
        try:
            with ExitStack() as locks:
                readers = {path: _open(path, stack) for path in paths}
                _lock([_open(path, locks) for path in paths])
                for reader in readers.values():
                    _begin(reader)
                return readers
        except (sqlite3.Error, TimeoutError) as error:
            stack.close()
            if not _passes(error, paths) or time.monotonic() > give_up:
                raise BackupError(f"the files cannot be read as of one moment: {error}") from error
        time.sleep(_PAUSE)


def _lock(connections: Sequence[sqlite3.Connection]) -> None:
    """Raises sqlite3.Error where one is not to be had, TimeoutError where the waits for many add up."""
    give_up = time.monotonic() + HELD
    for connection in connections:
        connection.execute("BEGIN IMMEDIATE")
        if time.monotonic() > give_up:
            raise TimeoutError("there are writers at too many of them")


def _passes(error: sqlite3.Error | TimeoutError, paths: Sequence[Path]) -> bool:
    """Whether to try again: somebody writes, or a file was deleted since it was found."""
    return isinstance(error, TimeoutError) or is_busy(error) or not all(path.exists() for path in paths)


def _begin(reader: sqlite3.Connection) -> None:
    reader.execute("PRAGMA query_only = ON")
    reader.execute("BEGIN")
    _look(reader)  # a transaction begins with what it first reads


def _open(path: Path, stack: ExitStack) -> sqlite3.Connection:
    """A connection to a file that exists: one that was deleted meanwhile is not made again.

    SQLite opens the file with the first look, which so is over before anything is locked.
    """
    place = f"{path.absolute().as_uri()}?mode=rw"
    connection = stack.enter_context(
        closing(sqlite3.connect(place, uri=True, isolation_level=None, timeout=_LOCK_WAIT))
    )
    _look(connection)
    return connection


def _look(connection: sqlite3.Connection) -> None:
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def copy(reader: sqlite3.Connection, target: Path, progress: Callable[[int], None]) -> None:
    """Write what the reader sees to a new file, and check it; `progress` is told the bytes. Raises BackupError."""
    (page_bytes,) = reader.execute("PRAGMA page_size").fetchone()
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as copied:
            copied.execute("PRAGMA synchronous = OFF")  # whoever asked for the copy waits once for all of it
            reader.backup(
                copied, pages=_PAGES_AT_ONCE,
                progress=lambda _, left, total: progress((total - left) * page_bytes),
            )  # fmt: skip
            copied.execute("PRAGMA journal_mode = DELETE")  # one file, which can be opened where nothing may be written
            (found,) = copied.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{target} cannot be written: {error}") from error
    if found != "ok":
        raise BackupError(f"{target.name} is damaged: {found}")
