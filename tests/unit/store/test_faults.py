"""Faults: what was acknowledged is never lost, what was not is whole or absent."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

import pytest

from server.store import Store, StoreError, open_store
from server.store.connection import Connection
from server.store.database import Database
from server.store.opening import connect
from server.store.transaction import Column
from tests.unit.store.statements import Statements

if TYPE_CHECKING:
    from tests.unit.store.conftest import People

Action: TypeAlias = "Callable[[Store, People], Awaitable[object]]"
TABLES = ("users", "identities", "sessions", "events", "logs", "signing_keys")
T = TypeVar("T")
ROOT = Path(__file__).parents[3]

ACTIONS: dict[str, Action] = {
    "add_user": lambda store, people: store.add_user(
        replace(people.user("bob"), identities=(people.identity("bob"), people.identity("bob", "api-key"))),
        people.session("bob"),
        [people.event("e"), people.event("f")],
    ),
    "open_session": lambda store, people: people.log_in(
        store, people.session("ada", "second"), replace(people.identity("ada"), data={}), [people.event("e")]
    ),
    "add_identity": lambda store, people: store.add_identity(
        "app", "ada", people.identity("ada", "api-key"), [people.event("e")]
    ),
    "delete_user": lambda store, people: store.delete_user("app", "ada", [people.event("e")]),
    "set_user_disabled": lambda store, people: store.set_user_disabled("app", "ada", disabled=True),
}


@dataclass(slots=True)
class FailsAt:
    """A connection whose nth statement, or every nth, is not run but fails, as with a broken disk."""

    connection: Connection
    n: int
    again: bool = False
    seen: int = 0

    async def run(self, task: Callable[[sqlite3.Connection], T]) -> T:
        """Run the task on a connection that fails."""
        return await self.connection.run(lambda raw: task(cast("sqlite3.Connection", FailingStatements(raw, self))))


@dataclass(slots=True)
class FailingStatements(Statements):
    """Tells it of each statement."""

    fails: FailsAt

    def execute(self, sql: str, parameters: Sequence[Column] = ()) -> sqlite3.Cursor:
        """Run the statement, or fail in its place."""
        self.fails.seen += 1
        if self.fails.seen == self.fails.n or (self.fails.again and self.fails.seen % self.fails.n == 0):
            raise sqlite3.OperationalError("disk I/O error")
        return self.raw.execute(sql, parameters)


def seen_afresh(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows, as another process sees them."""
    with closing(sqlite3.connect(path)) as connection:
        return {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall() for table in TABLES}  # noqa: S608


async def survives(path: Path, n: int, *actions: Action, people: People) -> list[bool]:
    """Run the actions at once on a store whose nth statement fails, for several every nth; which succeeded."""
    async with (
        connect(path) as writer,
        connect(path) as reader,
        Database(name=str(path), writer=FailsAt(writer, n, again=len(actions) > 1), reader=reader) as database,
    ):
        runs = (action(Store(database), people) for action in actions)
        outcomes = await asyncio.gather(*runs, return_exceptions=True)
    assert all(isinstance(outcome, StoreError) for outcome in outcomes if isinstance(outcome, BaseException))
    return [not isinstance(outcome, BaseException) for outcome in outcomes]


@pytest.mark.parametrize("name", ACTIONS)
async def test_failing_at_any_statement_leaves_nothing_half_made(tmp_path: Path, people: People, name: str) -> None:
    """Whichever statement fails, the write is absent; where none fails, it is whole."""
    for n in count(1):
        path = tmp_path / str(n)
        async with open_store(path) as store:
            await store.add_user(people.user("ada"), people.session("ada"), [])
        before = seen_afresh(path)
        (survived,) = await survives(path, n, ACTIONS[name], people=people)

        assert (seen_afresh(path) != before) == survived
        if survived:
            assert n > 3
            break


async def test_one_failure_spares_those_committed_together(tmp_path: Path, people: People) -> None:
    """Of writes that share a commit, each is whole if it succeeded and absent if it did not."""

    def adds(name: str) -> Action:
        return lambda store, people: store.add_user(people.user(name), people.session(name), [people.event(name)])

    names = ("a", "b", "c")
    seen: set[int] = set()
    for n in range(1, 30):
        path = tmp_path / str(n)
        async with open_store(path):
            pass
        survived = await survives(path, n, *map(adds, names), people=people)
        kept = [name for name, whole in zip(names, survived, strict=True) if whole]

        async with open_store(path) as store:
            assert [user.id for user in await store.find_users("app")] == kept
            assert await store.waiting_events() == len(kept)
        seen.add(len(kept))
    assert seen == {0, 2, 3}


async def test_killed_process_loses_nothing_acknowledged(path: Path) -> None:
    """After kill -9 in the middle of writing, every user reported as added is there, and none is half there."""
    script = Path(__file__).with_name("writing_process.py")
    process = await asyncio.create_subprocess_exec(
        sys.executable, script, path, stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert process.stdout is not None
    reported = [await process.stdout.readline() for _ in range(100)]
    process.kill()
    reported += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()

    names = {line.decode().strip() for line in reported if line.endswith(b"\n")}
    rows = seen_afresh(path)
    users = {row[1] for row in rows["users"]}
    assert names <= users
    assert users == {row[3] for row in rows["identities"]}
    assert users == {row[1] for row in rows["sessions"]} == {row[1] for row in rows["events"]}
    async with open_store(path) as store:
        assert await store.waiting_events() == len(users)
