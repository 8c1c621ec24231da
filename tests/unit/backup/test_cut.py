"""Several files are read as of one moment, and nobody who writes to them is harmed."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from server.backup import cut as module
from server.backup.cut import copy, cut
from server.backup.problems import BackupError

CUTS = 25


def connected(path: Path) -> sqlite3.Connection:
    """A writer as the server has them."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    return connection


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Two files, each with a counter."""
    paths = [tmp_path / "a.sqlite", tmp_path / "b.sqlite"]
    for path in paths:
        with closing(connected(path)) as connection:
            connection.execute("CREATE TABLE counter (number INTEGER)")
            connection.execute("INSERT INTO counter VALUES (0)")
    return paths


def number(connection: sqlite3.Connection) -> int:
    """The counter's state."""
    (found,) = connection.execute("SELECT number FROM counter").fetchone()
    return int(found)


@contextmanager
def counting(paths: Sequence[Path]) -> Iterator[None]:
    """Somebody who counts up in both files, one commit after the other, with both locked."""
    stopped = threading.Event()

    def count() -> None:
        connections = [connected(path) for path in paths]
        while not stopped.is_set():
            for step in ("BEGIN IMMEDIATE", "UPDATE counter SET number = number + 1", "COMMIT"):
                for connection in connections:
                    connection.execute(step)
        for connection in connections:
            connection.close()

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def test_no_transaction_is_in_one_file_only(files: list[Path]) -> None:
    """While a writer commits to one file after the other, both readers always stand at the same number."""
    with counting(files):
        for _ in range(CUTS):
            with cut(lambda: files) as readers:
                first, second = (number(reader) for reader in readers.values())
                assert first == second


def test_readers_stay_at_their_moment_and_writers_go_on(files: list[Path], tmp_path: Path) -> None:
    """What is committed during the block is not in the copy, and does not wait for it."""
    with cut(lambda: files) as readers:
        with closing(connected(files[0])) as writer:
            writer.execute("UPDATE counter SET number = 7")
        copy(readers[files[0]], tmp_path / "copy.sqlite", lambda _: None)
    with closing(sqlite3.connect(tmp_path / "copy.sqlite")) as copied:
        assert number(copied) == 0
        assert copied.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_file_held_for_long_is_waited_for_without_holding_others(
    files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a lock is not to be had, those already taken are given back before it is tried again."""
    tries: list[int] = []
    held = connected(files[1])
    held.execute("BEGIN IMMEDIATE")

    def pause(_: float) -> None:
        with closing(connected(files[0])) as other:
            other.execute("UPDATE counter SET number = number + 1")  # would wait, were the first file still held
        tries.append(1)
        if len(tries) == 2:
            held.execute("ROLLBACK")

    monkeypatch.setattr(time, "sleep", pause)
    with cut(lambda: files) as readers:
        assert number(readers[files[0]]) == len(tries) == 2
    held.close()


def test_a_file_never_freed_is_told(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """After the patience there is a clear error."""
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with closing(connected(files[1])) as held:
        held.execute("BEGIN IMMEDIATE")
        with pytest.raises(BackupError, match="as of one moment: database is locked"), cut(lambda: files):
            pass


def test_a_deleted_file_is_not_made_again(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that goes between finding and locking is looked for anew."""
    gone = files[0].with_name("gone.sqlite")
    answers = [[gone, *files], files]
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with cut(lambda: answers.pop(0)) as readers:
        assert list(readers) == files
    assert not gone.exists()


def test_a_file_that_is_no_database_is_told(files: list[Path]) -> None:
    """It is not tried for a minute."""
    files[0].with_name("c.sqlite").write_text("not a database at all, but long enough to be looked at" * 20)
    with pytest.raises(BackupError, match="not a database"), cut(lambda: [*files, files[0].with_name("c.sqlite")]):
        pass


def test_what_waiting_does_not_mend_is_told_at_once(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is there and cannot be opened, as on a read-only disk, is not tried for a minute."""
    monkeypatch.setattr(time, "sleep", lambda _: pytest.fail("waited"))
    folder = files[0].with_name("folder.sqlite")
    folder.mkdir()
    with pytest.raises(BackupError, match="unable to open"), cut(lambda: [*files, folder]):
        pass


def test_waits_for_many_files_do_not_add_up(files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks taken are given back where all of them took long, though each was to be had: others' patience ends."""
    monkeypatch.setattr(module, "HELD", -1.0)
    free: list[int] = []

    def pause(_: float) -> None:
        with closing(connected(files[0])) as other:
            other.execute("UPDATE counter SET number = 7")  # would wait, were the file still held
        free.append(1)
        monkeypatch.setattr(module, "HELD", 60.0)

    monkeypatch.setattr(time, "sleep", pause)
    with cut(lambda: files) as readers:
        assert [number(readers[path]) for path in files] == [7, 0]
    assert free == [1]
