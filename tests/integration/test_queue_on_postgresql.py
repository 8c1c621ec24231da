"""The queue's statements on a real PostgreSQL: the very same texts, in serializable transactions."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar, cast

import psycopg
import pytest
from psycopg.errors import SerializationFailure

from server.events import EventKind, QueuedEvent, TriggerEvent
from server.store.claims import Claims
from server.store.database import Database
from server.store.dead_letters import DeadLetters
from server.store.events import Events
from server.store.opening import migrations, statements
from server.store.transaction import Column, Row, Transaction
from server.store.triggers import Triggers
from tests.claiming import Shares

T = TypeVar("T")
NOW: Final = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LEASE: Final = timedelta(seconds=30)
TABLES: Final = re.compile(r"(TABLE|INDEX \w+ ON|INTO) (dead_)?(events|triggers)(_without_lanes)?\b|DROP INDEX events")
OWNERS: Final = 6


class Queue(Claims, Events, DeadLetters, Triggers):
    """The parts of the store that are the queue."""


class Statements:
    """A transaction of PostgreSQL under the interface of the store's own."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, *parameters: Column) -> list[Row]:
        """Run one statement as it is, but for how its parameters are marked."""
        names = {f"p{number}": value for number, value in enumerate(parameters, 1)}
        cursor = self._connection.execute(translated(statement).encode(), names)
        return cast("list[Row]", cursor.fetchall()) if cursor.description else []


def translated(statement: str) -> str:
    """The statement with psycopg's marks of parameters."""
    numbered = re.sub(r"\?(\d+)", r"%(p\1)s", statement)
    parts = numbered.split("?")
    return parts[0] + "".join(f"%(p{number})s{part}" for number, part in enumerate(parts[1:], 1))


class Serializable:
    """Reads and writes in transactions that are made again where another one came between, as the store's may be."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        connection.isolation_level = psycopg.IsolationLevel.SERIALIZABLE

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """What the work gives, once it could be committed."""
        return await asyncio.to_thread(self._write, work)

    async def read(self, statement: str, *parameters: Column) -> list[Row]:
        """The rows of one statement."""
        return await self.write(lambda transaction: transaction.execute(statement, *parameters))

    def _write(self, work: Callable[[Transaction], T]) -> T:
        while True:
            try:
                with self._connection.transaction():
                    return work(cast("Transaction", Statements(self._connection)))
            except SerializationFailure:
                continue


def make_tables(connection: psycopg.Connection) -> None:
    """The queue's tables, by the store's own migrations."""
    for table in ("events", "dead_events", "triggers"):
        connection.execute(f"DROP TABLE IF EXISTS {table}".encode())
    for script in migrations():
        for statement in statements(script):
            if TABLES.search(statement):
                connection.execute(statement.encode())
    connection.commit()


@asynccontextmanager
async def opened(uri: str) -> AsyncIterator[Queue]:
    """The queue on a connection of its own, as each process has one."""
    connection = await asyncio.to_thread(lambda: psycopg.connect(uri))
    try:
        yield Queue(cast("Database", Serializable(connection)))
    finally:
        connection.close()


@pytest.fixture
async def queues(postgresql_uri: str) -> AsyncIterator[list[Queue]]:
    """Several processes on one empty queue."""
    with psycopg.connect(postgresql_uri) as connection:
        make_tables(connection)
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened(postgresql_uri)) for _ in range(OWNERS)]


def event(number: int, *, lane: str | None = None, trigger: str = "t") -> TriggerEvent:
    """An event that is due."""
    return TriggerEvent(
        id=f"{trigger}{number:04}", app_id="app", kind=EventKind.DATABASE, trigger_name=trigger, function_name="f",
        arguments=({"n": number},), created_at=NOW, lane=lane, position=number,
    )  # fmt: skip


async def claim(queue: Queue, owner: str, limit: int = 7, now: datetime = NOW) -> list[QueuedEvent]:
    """What the owner begins."""
    claimed = await queue.claim_events(owner=owner, now=now, lease=LEASE, sharing=Shares({"app": limit}))
    return claimed.events


async def work_off(queue: Queue, owner: str, begun: list[str]) -> None:
    """Begin and finish until nothing is owed."""
    while await queue.waiting_events():
        for queued in await claim(queue, owner):
            begun.append(queued.event.id)
            assert await queue.finish_events([("app", queued.event.id)], owner=owner, now=NOW)


async def test_no_event_goes_to_two_owners(queues: list[Queue]) -> None:
    """Processes that claim at the same time share the events out, each once, and nothing is left."""
    events = [event(number, trigger=f"t{number % 3}") for number in range(300)]
    await queues[0].add_events(events)
    begun: list[str] = []
    await asyncio.gather(*(work_off(queue, f"o{number}", begun) for number, queue in enumerate(queues)))

    assert sorted(begun) == sorted(one.id for one in events)


async def test_lanes_keep_their_order(queues: list[Queue]) -> None:
    """While events are queued and worked off at the same time each lane goes on, in order, one event at a time."""
    begun: list[str] = []

    async def add(queue: Queue, lane: str) -> None:
        for number in range(40):
            await queue.add_events([event(number, lane=lane, trigger=lane)])

    await asyncio.gather(*(add(queue, f"l{number}") for number, queue in enumerate(queues[:2])))
    adding = asyncio.gather(*(add(queue, f"m{number}") for number, queue in enumerate(queues[:2])))
    await asyncio.gather(adding, *(work_off(queue, f"o{number}", begun) for number, queue in enumerate(queues[2:])))
    await work_off(queues[0], "last", begun)

    for lane in ("l0", "l1", "m0", "m1"):
        assert [id_ for id_ in begun if id_.startswith(lane)] == [f"{lane}{number:04}" for number in range(40)]


async def test_life_of_an_event(queues: list[Queue]) -> None:
    """Postponed, taken over after its lease, given up, replayed: as on SQLite."""
    one, two = queues[:2]
    assert await one.add_events([event(1), event(1)]) == 1
    assert [queued.attempts for queued in await claim(one, "one")] == [1]
    assert await claim(two, "two") == []
    assert not await two.finish_events([("app", "t0001")], owner="two", now=NOW)
    later = NOW + LEASE
    assert await one.postpone_event("app", "t0001", owner="one", until=later, error="thrown", failed=True)
    assert await claim(one, "one") == []
    (queued,) = await claim(two, "two", now=later)
    assert (queued.attempts, queued.failures, queued.last_error) == (2, 1, "thrown")
    await two.renew_leases(owner="two", until=later + LEASE)
    assert await claim(one, "one", now=later) == []
    assert await two.bury_event("app", "t0001", owner="two", reason="no more", now=later)
    (dead,) = await one.dead_events("app")
    assert (dead.reason, dead.queued.event.arguments) == ("no more", ({"n": 1},))
    assert await one.replay_events("app", ["t0001"], now=later) == 1
    (again,) = await claim(one, "one", now=later)
    assert (again.event, again.attempts) == (event(1), 1)
    assert await one.release_leases(owner="one", now=later) == 1
    assert await one.bring_events_forward(["app"], now=later - LEASE, by=LEASE) == 1
    assert await one.release_all_leases(now=later) == 0


async def test_turns_of_triggers(queues: list[Queue]) -> None:
    """Walking from trigger to trigger finds those that have something due, as on SQLite."""
    waiting = [replace(event(number, trigger=f"w{number}"), created_at=NOW + LEASE) for number in range(50)]
    await queues[0].add_events([*waiting, *(event(number, trigger="a") for number in range(9)), event(1, trigger="z")])

    assert [queued.event.id for queued in await claim(queues[0], "one", 2)] == ["a0000", "z0001"]
