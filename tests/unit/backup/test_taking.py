"""A backup is whole or not there; what is put back is what was taken."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from server.backup import taking
from server.backup.manifest import FILE, Manifest
from server.backup.problems import BackupError
from server.backup.restoring import check_backup, restore
from server.backup.taking import take_backup
from server.cli.commands import run_command

NAMES = ["documents/shop/mongodb-atlas.sqlite", "identity.sqlite", "secrets.key"]


def rows(path: Path) -> list[tuple[object, ...]]:
    """What the file's only table holds."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT * FROM kept").fetchall()


def silent(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with something in each file."""
    folder = tmp_path / "data"
    (folder / "documents" / "shop").mkdir(parents=True)
    (folder / "cache").mkdir()
    (folder / "cache" / "image").write_text("can be made again")
    (folder / "secrets.key").write_bytes(bytes(32))
    for name in NAMES[:2]:
        with closing(sqlite3.connect(folder / name, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE kept (name TEXT)")
            connection.execute("INSERT INTO kept VALUES (?)", (name,))
    return folder


@pytest.fixture
def backup(data: Path, tmp_path: Path) -> Path:
    """A backup of it."""
    take_backup(data, tmp_path / "backup", silent, with_key=True)
    return tmp_path / "backup"


def test_all_that_lasts_is_in_it(backup: Path) -> None:
    """Databases and the key, each with its hash, readable by the owner alone; nothing that can be made again."""
    found = sorted(path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file())
    assert found == sorted([FILE, *NAMES])
    assert list(Manifest.read(backup).files) == NAMES
    assert {path.stat().st_mode & 0o077 for path in (backup, *backup.rglob("*"))} == {0}


def test_what_was_taken_is_put_back(data: Path, backup: Path, tmp_path: Path) -> None:
    """The files are there again, and nothing is left of the way."""
    restored = tmp_path / "restored"
    restored.mkdir()
    restore(check_backup(backup, silent), backup, restored)
    assert sorted(path.name for path in restored.iterdir()) == ["documents", "identity.sqlite", "secrets.key"]
    assert [rows(restored / name) for name in NAMES[:2]] == [[(name,)] for name in NAMES[:2]]
    assert (restored / "secrets.key").read_bytes() == (data / "secrets.key").read_bytes()


def test_the_key_may_stay_where_it_is(data: Path, tmp_path: Path) -> None:
    """Backups go to places that secrets should not go to."""
    manifest = take_backup(data, tmp_path / "backup", silent, with_key=False)
    assert list(manifest.files) == NAMES[:2]


def test_progress_goes_up_to_the_whole(data: Path, tmp_path: Path) -> None:
    """It is told in bytes, never backwards."""
    told: list[tuple[int, int]] = []
    take_backup(data, tmp_path / "backup", lambda done, total: told.append((done, total)), with_key=True)
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_an_interrupted_one_is_no_backup(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stops it takes away what there was of it; a rest of a killed one is named, not overwritten."""
    target = tmp_path / "backup"

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(taking, "copy", stop)
        with pytest.raises(KeyboardInterrupt):
            take_backup(data, target, silent, with_key=True)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]

    (tmp_path / "backup.unfinished").mkdir()
    with pytest.raises(BackupError, match=r"backup\.unfinished is there: .* in that case remove it"):
        take_backup(data, target, silent, with_key=True)


def test_nothing_is_overwritten(data: Path, backup: Path) -> None:
    """Neither a backup by another one, nor data by a backup."""
    with pytest.raises(BackupError, match="a backup is a new directory"):
        take_backup(data, backup, silent, with_key=True)
    with pytest.raises(BackupError, match="documents is there already: move the data away"):
        restore(check_backup(backup, silent), backup, data)
    assert rows(data / NAMES[0]) == [(NAMES[0],)]


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_file_is_named(backup: Path, name: str) -> None:
    """One byte is enough; a missing file is named as well."""
    content = bytearray((backup / name).read_bytes())
    content[-1] ^= 1
    (backup / name).write_bytes(content)
    with pytest.raises(BackupError, match=f"{name} is not the file that was backed up"):
        check_backup(backup, silent)
    (backup / name).unlink()
    with pytest.raises(BackupError, match=f"{name} cannot be read: No such file"):
        check_backup(backup, silent)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("../outside.sqlite", "not the name of a file of a data directory"),
        ("documents/../identity.sqlite", "not the name of a file of a data directory"),
        ("documents/shop/x.sh", "not the name of a file of a data directory"),
        ("/etc/passwd", "not the name of a file of a data directory"),
    ],
)
def test_a_doctored_manifest_writes_nowhere_else(backup: Path, name: str, told: str) -> None:
    """Names are those of a data directory, or the backup is refused."""
    manifest = json.loads((backup / FILE).read_text())
    manifest["files"][name] = {"bytes": 0, "sha256": "0" * 64}
    (backup / FILE).write_text(json.dumps(manifest))
    with pytest.raises(BackupError, match=told):
        check_backup(backup, silent)


def test_an_interrupted_restore_is_done_again(backup: Path, tmp_path: Path) -> None:
    """What a killed one left on the way counts for nothing."""
    restored = tmp_path / "restored"
    (restored / "restoring" / "documents").mkdir(parents=True)
    (restored / "restoring" / "identity.sqlite").write_text("half of it")
    restore(check_backup(backup, silent), backup, restored)
    assert rows(restored / "identity.sqlite") == [("identity.sqlite",)]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["backup", "there", "--data-dir", "nowhere"], "nowhere holds no data; --data-dir names the directory"),
        (["backup", "data", "--data-dir", "data"], "is there already; a backup is a new directory"),
        (["backup", "data/secrets.key/below", "--data-dir", "data"], "cannot be made"),
        (["restore", "nowhere"], "nowhere holds no backup: `vestibule backup` writes backup.json"),
        (["restore", "backup", "--data-dir", "data"], "documents is there already: move the data away"),
        (["restore", "data", "--dry-run"], "data holds no backup"),
        (["restore", "data/secrets.key"], "data/secrets.key/backup.json cannot be read: Not a directory"),
        (["backup", "data/documents/copy", "--data-dir", "data"], "where it would be an app's documents"),
        (["backup", "n" * 300, "--data-dir", "data"], "cannot be made: File name too long"),
    ],
)
def test_wrong_uses_say_what_to_do(
    arguments: list[str], told: str, backup: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The exit status is 1 and nothing was written."""
    monkeypatch.chdir(backup.parent)
    before = sorted(backup.parent.rglob("*"))
    assert run_command(arguments) == 1
    assert told in capsys.readouterr().err
    assert [path for path in sorted(backup.parent.rglob("*")) if path.name != "lock"] == before
