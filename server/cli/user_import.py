"""`vestibule users import`: users of another system, under the ids they had there."""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from server.cli.remote_options import add_format, show_value
from server.cli.terminal import Progress
from server.login.audit import audit_entry
from server.login.user_import import ImportedUser, ImportRefused, read_rows, read_user
from server.login_records import AuditEvent
from server.records import RequestDescription
from server.settings import Settings
from server.store import IdentityTaken, Store, open_store
from server.store.errors import AccountTaken

TOGETHER = 256
"""Users that are written at once, and so share the wait for the disk."""
SHOWN = 20
"""Problems that are printed."""
PROGRESS = 10_000
"""Users after which the progress is told."""


class ImportFailed(Exception):
    """The file cannot be imported; nothing of it was."""


@dataclass(slots=True)
class Tally:
    """What became of the users."""

    imported: int = 0
    present: int = 0
    refused: list[str] = field(default_factory=list)

    @property
    def seen(self) -> int:
        """All of them."""
        return self.imported + self.present + len(self.refused)


def add_import(parser: argparse.ArgumentParser) -> None:
    """The file and its app."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a JSON array, JSON lines, or CSV with a header")
    parser.add_argument("--app", required=True, metavar="ID", help="the client app id whose users they become")
    parser.add_argument("--dry-run", action="store_true", help="check everything, write nothing")
    parser.add_argument("--case-sensitive-email", action="store_true", help="as the app's auth/security.json says")
    add_format(parser)


def run_import(settings: Settings, options: argparse.Namespace) -> int:
    """Check the whole file, then import it; prints how many. Exit status 1 where a user was refused."""
    tally = asyncio.run(_run(settings, options))
    for refusal in tally.refused[:SHOWN]:
        sys.stderr.write(f"vestibule: {refusal}\n")
    done = "would be imported" if options.dry_run else "imported"
    said = f"{tally.imported} users {done}, {tally.present} were there, {len(tally.refused)} refused"
    counts = {"imported": tally.imported, "present": tally.present, "refused": tally.refused}
    show_value(options, counts | {"dry_run": options.dry_run}, said)
    return 1 if tally.refused else 0


async def _run(settings: Settings, options: argparse.Namespace) -> Tally:
    problems = [text for _, text in _read(options) if isinstance(text, str)]
    if problems:
        shown = "\n".join(f"  {problem}" for problem in problems[:SHOWN])
        raise ImportFailed(f"{len(problems)} lines of {options.file} are no users; nothing was imported:\n{shown}")
    with Progress("importing", unit="users") as line:
        return await _import_all(settings, options, line)


async def _import_all(settings: Settings, options: argparse.Namespace, line: Progress) -> Tally:
    tally, waiting = Tally(), list[tuple[int, ImportedUser]]()
    async with open_store(settings.data_dir.absolute() / "identity.sqlite") as store:
        for number, user in _read(options):
            if isinstance(user, ImportedUser):
                waiting.append((number, user))
            if len(waiting) == TOGETHER:
                await _import(store, waiting, tally, dry_run=options.dry_run)
                waiting.clear()
                _tell(tally, line)
        await _import(store, waiting, tally, dry_run=options.dry_run)
    return tally


def _read(options: argparse.Namespace) -> Iterator[tuple[int, ImportedUser | str]]:
    """Each row's user, or what is wrong with it."""
    now = datetime.now(UTC)
    with options.file.open(encoding="utf-8-sig", newline="") as file:
        try:
            for number, row in read_rows(file, options.file.name):
                try:
                    yield number, read_user(row, options.app, case_sensitive=options.case_sensitive_email, now=now)
                except ImportRefused as error:
                    yield number, f"line {number}: {error}"
        except (ImportRefused, csv.Error, UnicodeDecodeError) as error:
            yield 0, f"the file cannot be read any further: {error}"


async def _import(store: Store, users: list[tuple[int, ImportedUser]], tally: Tally, *, dry_run: bool) -> None:
    work = (_look(store, user) if dry_run else _write(store, user) for _, user in users)
    for (number, _), outcome in zip(users, await asyncio.gather(*work), strict=True):
        if outcome is None:
            tally.present += 1
        elif outcome:
            tally.refused.append(f"line {number}: {outcome}")
        else:
            tally.imported += 1


def _tell(tally: Tally, line: Progress) -> None:
    """In a line that stays in its place where a person watches, else in a new line now and then."""
    line.reached(tally.seen)
    if not line.is_watched and tally.seen // PROGRESS != (tally.seen - TOGETHER) // PROGRESS:
        sys.stderr.write(f"vestibule: {tally.seen} users\n")


async def _write(store: Store, imported: ImportedUser) -> str | None:
    """Empty: done; None: was there; else why not."""
    user = imported.user
    entry = audit_entry(user.app_id, AuditEvent.USER_IMPORTED, RequestDescription(), user_id=user.id)
    try:
        written = await store.import_user(user, imported.password, [entry])
    except (IdentityTaken, AccountTaken) as error:
        return f"{error} belongs to another user"
    return "" if written else None


async def _look(store: Store, imported: ImportedUser) -> str | None:
    """What writing would give, as far as the store can tell."""
    user = imported.user
    if await store.find_user(user.app_id, user.id) is not None:
        return None
    for identity in user.identities:
        if await store.find_user_by_identity(user.app_id, identity.provider_type, identity.id) is not None:
            return f"{identity.provider_type} {identity.id} belongs to another user"
    account = imported.password
    if account is not None and await store.find_password(user.app_id, account.login) is not None:
        return f"{account.email} belongs to another user"
    return ""
