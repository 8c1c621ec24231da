"""Opening: a private file with all tables, or a clear refusal that changes nothing."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from contextlib import closing
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from server.store import StoreError, open_store
from server.store.opening import APPLICATION_ID, migrations, statements
from tests.ordinary_rights import ordinary_rights


def sql(path: Path, *script: str) -> None:
    """Change a file behind the store's back."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in script:
            connection.execute(statement)
        connection.commit()


def put(path: Path, content: bytes = b"", mode: int = 0o644) -> None:
    """Make a file that is there before the store is opened."""
    path.write_bytes(content)
    path.chmod(mode)


def content(path: Path) -> bytes:
    """What is in the file."""
    return path.read_bytes()


def modes(folder: Path) -> dict[str, int]:
    """Who may do what with the files."""
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def open_names() -> list[str]:
    """The names of the files that this process has open; deleted ones say so."""
    return [entry.readlink().name for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]


@pytest.mark.parametrize("mode", [None, 0o644])
async def test_file_is_private(path: Path, mode: int | None) -> None:
    """Only the owner may read the file and what SQLite puts beside it, also if it was open to others before."""
    if mode is not None:
        put(path, mode=mode)

    async with open_store(path) as store:
        await store.waiting_events()
        found = modes(path.parent)

    assert set(found) >= {path.name, f"{path.name}-wal"}
    assert set(found.values()) == {0o600}


async def test_writes_are_durable(path: Path) -> None:
    """The file is in WAL mode, and a fresh schema is whole: SQLite finds no fault."""
    async with open_store(path):
        pass

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA user_version").fetchone() == (len(migrations()),)


async def test_processes_may_open_a_new_file_at_once(path: Path) -> None:
    """Those who come together make the tables once, and all can use them."""

    async def open_and_use() -> int:
        async with open_store(path) as store:
            return await store.waiting_events()

    assert await asyncio.gather(*(open_and_use() for _ in range(8))) == [0] * 8


async def test_another_process_takes_no_log_away(path: Path) -> None:
    """After another process has read and closed the file, ours still writes to the log that is in the folder."""
    script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('SELECT count(*) FROM users').fetchall()"
    async with open_store(path) as store:
        assert not await store.revoke_session("nobody's")
        other = await asyncio.create_subprocess_exec(sys.executable, "-c", script, path)
        assert await other.wait() == 0

        assert {name for name in open_names() if name.startswith(path.name)} <= modes(path.parent).keys()
        assert f"{path.name}-wal" in modes(path.parent)


async def test_older_schema_is_brought_up(path: Path) -> None:
    """A file that has seen the first migration only gets the others, and keeps what it had."""
    first, *_ = migrations()
    sql(
        path,
        *statements(first),
        "INSERT INTO users VALUES ('app', 'ada', 'normal', 0, 0, NULL)",
        f"PRAGMA application_id = {APPLICATION_ID}",
        "PRAGMA user_version = 1",
    )

    async with open_store(path) as store:
        assert await store.waiting_events() == 0
        assert await store.find_user("app", "ada") is not None


async def test_accounts_keep_all_that_they_had(path: Path) -> None:
    """Rows that move to tables of another layout arrive whole, and are found by every way that leads to them."""
    sql(
        path,
        *(statement for script in migrations()[:16] for statement in statements(script)),
        "INSERT INTO users VALUES ('app', 'ada', 'normal', 0, 1000, 2000)",
        "INSERT INTO identities VALUES ('app', 'anon-user', 'outside', 'ada', 'p1', '{\"name\":\"Ada\"}', 0)",
        "INSERT INTO sessions VALUES ('app', 's', 'ada', 'd', 'anon-user', 'outside', 'p1', 3000, 4000, 7)",
        "INSERT INTO devices VALUES ('app', 'ada', 'd', '{}', 5000, 6000)",
        "INSERT INTO audit VALUES ('app', 'a', 7000, 'login', 'ada', 'anon-user', '192.0.2.1', NULL, 'detail')",
        f"PRAGMA application_id = {APPLICATION_ID}",
        "PRAGMA user_version = 16",
    )
    at = [datetime.fromtimestamp(second, UTC) for second in range(8)]

    async with open_store(path) as store:
        ada = await store.find_user_by_identity("app", "anon-user", "outside")
        (session,) = await store.find_sessions("app", "ada", now=at[3])
        (device,) = await store.find_devices("app", "ada")
        assert ada == await store.find_user("app", "ada")
        assert session == await store.find_session("s", now=at[3])
        assert await store.find_audit_entries("app") == await store.find_audit_entries("app", user_id="ada")
        (entry,) = await store.find_audit_entries("app")
    assert ada is not None
    assert (ada.data, ada.created_at, ada.last_authentication_at) == ({"name": "Ada"}, at[1], at[2])
    assert (session.created_at, session.expires_at, session.generation) == (at[3], at[4], 7)
    assert (device.first_seen_at, device.last_seen_at) == (at[5], at[6])
    assert (entry.id, entry.at, entry.address, entry.detail) == ("a", at[7], "192.0.2.1", "detail")


async def assert_refused(path: Path, saying: str) -> None:
    """Opening fails with a text that names the file and the reason."""
    with pytest.raises(StoreError, match=saying) as caught:
        async with open_store(path):
            pass
    assert str(path) in str(caught.value)


async def test_newer_schema_is_refused(path: Path) -> None:
    """A file that a newer version wrote is left alone."""
    async with open_store(path):
        pass
    sql(path, f"PRAGMA user_version = {len(migrations()) + 1}")

    await assert_refused(path, "newer version")


async def test_other_programs_file_is_refused(path: Path) -> None:
    """A database that is not ours gets no tables of ours."""
    sql(path, "CREATE TABLE theirs (a)")

    await assert_refused(path, "another program")

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("theirs",)]


async def test_corrupt_file_is_refused(path: Path) -> None:
    """A file that is no database is left as it is."""
    put(path, b"not a database" * 1000)

    await assert_refused(path, "not a database")

    assert content(path) == b"not a database" * 1000


async def test_missing_directory_is_refused(tmp_path: Path) -> None:
    """A path that cannot be made is named."""
    await assert_refused(tmp_path / "missing" / "file", "cannot be opened")
    await assert_refused(tmp_path, "cannot be opened")


@pytest.mark.parametrize(("mode", "saying"), [(0o000, "cannot be opened"), (0o400, "cannot be used: .*readonly")])
async def test_file_without_permission_is_refused(path: Path, mode: int, saying: str) -> None:
    """A file that may not be read or written is named."""
    put(path, mode=mode)

    with ordinary_rights():
        await assert_refused(path, saying)


async def test_closed_store_refuses_writes(path: Path) -> None:
    """A store used after its end says so instead of hanging."""
    async with open_store(path) as store:
        pass

    with pytest.raises(StoreError, match="closed"):
        await store.revoke_session("s")
    with pytest.raises(StoreError, match="closed"):
        await store.find_user("app", "ada")


def test_scripts_are_split_into_statements() -> None:
    """A semicolon in a text or comment ends nothing; what has no end is refused."""
    script = "-- first; really\nCREATE TABLE a (b TEXT DEFAULT 'x;\ny');\nCREATE TABLE c (d);\n\n"

    assert len(list(statements(script))) == 2
    with pytest.raises(StoreError):
        list(statements("CREATE TABLE a (b)"))


def test_migrations_are_numbered_without_gaps() -> None:
    """The number of a script is the version it leads to."""
    folder = Path(str(resources.files("server.store") / "migrations"))
    numbers = sorted(int(script.name.partition("_")[0]) for script in folder.glob("*.sql"))

    assert numbers == list(range(1, len(migrations()) + 1))
