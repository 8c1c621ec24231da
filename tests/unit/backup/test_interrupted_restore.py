"""A restore that is interrupted, at whatever step, serves nothing half, and goes on when it is done again."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.backup.problems import BackupError
from server.backup.restoring import check_backup, restore
from server.backup.taking import take_backup
from server.store import StoreError, open_store

DOCUMENTS = ["documents/library/mongodb-atlas.sqlite", "documents/shop/mongodb-atlas.sqlite"]


class Killed(BaseException):
    """The end of the process, as far as the code can tell."""


def silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


async def _open(data: Path) -> None:
    async with open_store(data / "identity.sqlite"):
        pass


def made(folder: Path, names: list[str]) -> Path:
    """A backup of a store with these documents and a key."""
    data = folder / "data"
    data.mkdir(parents=True)
    asyncio.run(_open(data))
    (data / "secrets.key").write_bytes(bytes(32))
    for name in names:
        (data / name).parent.mkdir(parents=True)
        with closing(sqlite3.connect(data / name)) as connection:
            connection.execute("CREATE TABLE kept (name TEXT)")
    take_backup(data, folder / "backup", silent, with_key=True)
    return folder / "backup"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup with two apps' documents."""
    return made(tmp_path, DOCUMENTS)


def restored(backup: Path, data: Path) -> list[str]:
    """The names that are there after a restore."""
    data.mkdir(exist_ok=True)
    restore(check_backup(backup, silent), backup, data)
    return sorted(path.relative_to(data).as_posix() for path in data.rglob("*") if path.is_file())


def interrupt(backup: Path, data: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """A restore that ends once so many names are in their place."""
    rename, done = Path.rename, iter(range(after))

    def step(path: Path, target: Path) -> Path:
        if next(done, None) is None:
            raise Killed
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", step)
        with pytest.raises(Killed):
            restored(backup, data)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_nothing_half_is_opened_and_done_again_it_is_whole(
    backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """No new store is made beside the documents of the old one; the same restore again ends as if never stopped."""
    data = tmp_path / "new"
    interrupt(backup, data, monkeypatch, after)
    with pytest.raises(StoreError, match="was interrupted: run `vestibule restore` again"):
        asyncio.run(_open(data))
    assert not (data / "identity.sqlite").exists()
    assert restored(backup, data) == [*DOCUMENTS, "identity.sqlite", "secrets.key"]
    assert not (data / "restoring").exists()
    asyncio.run(_open(data))


def test_two_backups_are_not_mixed(backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an interrupted restore has put in place is not completed from another backup."""
    data, other = tmp_path / "new", made(tmp_path / "other", DOCUMENTS[:1])
    interrupt(backup, data, monkeypatch, 1)
    with pytest.raises(BackupError, match="documents is there already"):
        restored(other, data)
    assert restored(backup, data) == [*DOCUMENTS, "identity.sqlite", "secrets.key"]


def test_documents_that_were_there_are_never_taken_for_put_back(backup: Path, tmp_path: Path) -> None:
    """Only after an interrupted restore is anything allowed to be there."""
    data = tmp_path / "new"
    shutil.copytree(backup / "documents", data / "documents")
    with pytest.raises(BackupError, match="documents is there already"):
        restored(backup, data)


def test_a_full_disk_is_told_and_given_back(backup: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names where there was no room, and nothing is left on the way."""

    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"as much as fits")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), source, None, target)

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(BackupError, match=r"cannot be copied to .*new/restoring/documents.*: No space left"):
        restored(backup, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
