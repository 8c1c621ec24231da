"""`vestibule users import` and `vestibule audit`: ids are kept, whole files are checked first, events are told."""

from __future__ import annotations

import asyncio
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import bcrypt
import pytest

from server.cli.commands import run_command
from server.login_records import AuditEntry, PasswordAccount
from server.records import User
from server.store import open_store

ADA, BOB = "6b0000000000000000000001", "6b0000000000000000000002"
EXPORT = [
    {
        "_id": ADA, "type": "normal", "disabled": True, "creation_date": 1_700_000_000, "last_authentication_date": 0,
        "data": {"name": "Ada", "visits": {"$numberLong": "7"}},
        "identities": [
            {"id": "anon-1", "provider_type": "anon-user"},
            {"id": "ada-id", "provider_type": "local-userpass", "provider_data": {"email": "Ada@Example.org"}},
        ],
    },
    {"_id": {"$oid": BOB}, "identities": [{"id": "bob", "provider_type": "custom-token"}]},
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the command printed, and its exit status."""

    stdout: str
    stderr: str
    returncode: int


def run_import(data: Path, file: Path, *options: str) -> Outcome:
    """The command's outcome, by the command line's own entry in this process."""
    printed, complained = io.StringIO(), io.StringIO()
    arguments = ["users", "import", str(file), "--app", "shop", "--data-dir", str(data), *options]
    with redirect_stdout(printed), redirect_stderr(complained):
        status = run_command(arguments)
    return Outcome(stdout=printed.getvalue(), stderr=complained.getvalue(), returncode=status)


def kept(data: Path, *logins: str) -> tuple[list[User], list[PasswordAccount | None], list[AuditEntry]]:
    """The users, the passwords of these addresses, and the audit log."""

    async def look() -> tuple[list[User], list[PasswordAccount | None], list[AuditEntry]]:
        async with open_store(data / "identity.sqlite") as store:
            passwords = [await store.find_password("shop", login) for login in logins]
            return await store.find_users("shop"), passwords, await store.find_audit_entries("shop")

    return asyncio.run(look())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An empty data directory."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("form", ["array", "lines"])
def test_export_is_imported_under_its_ids(data: Path, tmp_path: Path, form: str) -> None:
    """Ids, identities, data, dates and states come over; a second run finds everybody there."""
    file = tmp_path / "users.json"
    file.write_text(json.dumps(EXPORT) if form == "array" else "\n".join(map(json.dumps, EXPORT)))
    tried = run_import(data, file, "--dry-run")
    assert kept(data) == ([], [], [])
    done, again = run_import(data, file), run_import(data, file)
    (ada, bob), (password,), entries = kept(data, "ada@example.org")

    assert tried.stdout == "2 users would be imported, 0 were there, 0 refused\n"
    assert (done.stdout, done.returncode) == ("2 users imported, 0 were there, 0 refused\n", 0)
    assert again.stdout == "0 users imported, 2 were there, 0 refused\n"
    assert (ada.id, ada.disabled, ada.created_at.timestamp()) == (ADA, True, 1_700_000_000)
    assert ada.last_authentication_at is None
    assert ada.data == {"name": "Ada", "visits": 7, "email": "Ada@Example.org"}
    assert [identity.provider_type for identity in ada.identities] == ["anon-user", "local-userpass"]
    assert (bob.id, bob.identities[0].id) == (BOB, "bob")
    assert password is not None
    assert (password.identity_id, password.confirmed) == ("ada-id", True)
    assert sorted(str(entry.user_id) for entry in entries) == [ADA, BOB]


def test_csv_is_imported(data: Path, tmp_path: Path) -> None:
    """A header names the fields; what is empty is left out."""
    hash_ = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4)).decode()
    file = tmp_path / "users.csv"
    file.write_text(f"id,email,password_hash,name,disabled\n{ADA},ada@b.c,{hash_},Ada,false\n,bob@b.c,,,\n")
    done = run_import(data, file)
    users, (ada, bob), _ = kept(data, "ada@b.c", "bob@b.c")

    assert done.stdout == "2 users imported, 0 were there, 0 refused\n"
    assert ADA in [user.id for user in users]
    assert ada is not None
    assert ada.hash == hash_
    assert bob is not None
    assert bob.hash == "!"


BAD = {
    "not json": "{",
    "not an object": "[7]",
    "an id that is none": '{"_id": "1", "email": "a@b.c"}',
    "nobody": '{"name": "x"}',
    "an email that is none": '{"email": "x"}',
    "an unknown provider": '{"provider_type": "x", "identity_id": "y"}',
    "an unknown hash": '{"email": "a@b.c", "password_hash": "md5:1"}',
    "a hash that costs too much": '{"email": "a@b.c", "password_hash": "$2b$31$' + "a" * 53 + '"}',
    "a truth that is none": '{"email": "a@b.c", "disabled": "perhaps"}',
    "a date that is none": '{"email": "a@b.c", "creation_date": "yesterday"}',
}


@pytest.mark.parametrize("what", BAD)
def test_bad_line_imports_nothing(data: Path, tmp_path: Path, what: str) -> None:
    """One line that is no user is named, and nobody is imported."""
    file = tmp_path / "users.jsonl"
    file.write_text('{"email": "good@b.c"}\n' + BAD[what] + "\n")
    done = run_import(data, file)

    assert done.returncode == 1
    assert "nothing was imported" in done.stderr
    assert "line 2" in done.stderr or "cannot be read any further" in done.stderr
    assert kept(data) == ([], [], [])


def test_conflict_is_refused_and_named(data: Path, tmp_path: Path) -> None:
    """An address that another user has is refused, in a dry run too; the others are imported."""
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    first.write_text('{"email": "ada@b.c"}\n')
    second.write_text('{"email": "ADA@b.c"}\n{"email": "bob@b.c"}\n')
    run_import(data, first)
    tried, done = run_import(data, second, "--dry-run"), run_import(data, second)

    assert tried.stdout == "1 users would be imported, 0 were there, 1 refused\n"
    assert (done.stdout, done.returncode) == ("1 users imported, 0 were there, 1 refused\n", 1)
    assert "line 1: ADA@b.c belongs to another user" in done.stderr


def test_audit_log_is_shown(data: Path, tmp_path: Path) -> None:
    """`vestibule audit` prints the events of an app as JSON, of one user or all."""
    file = tmp_path / "users.json"
    file.write_text(json.dumps(EXPORT))
    run_import(data, file)
    printed = io.StringIO()
    with redirect_stdout(printed):
        status = run_command(["audit", "shop", "--user", ADA, "--data-dir", str(data)])
    (entry,) = map(json.loads, printed.getvalue().splitlines())

    assert status == 0
    assert (entry["event"], entry["user_id"]) == ("user imported", ADA)
    assert "error_code" not in entry
