"""Database triggers: every change that they are owed, once, in order, from where they stood."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import cast

import pytest

from server.apps.model import Trigger
from server.calls.registry import Registry
from server.context.deployment import Deployment
from server.documents import EmbeddedDocuments, Operation
from server.ejson import Document
from server.events import QueuedEvent, TriggerState, TriggerStatus
from server.store import Store
from server.triggers import feeder
from server.triggers.board import Standing
from server.triggers.change_sources import ChangeSource, EmbeddedChanges
from server.triggers.feeding import Feeding
from server.triggers.standing import resumed
from tests.claiming import Shares
from tests.deployments import deployment
from tests.unit.triggers.test_matching import EVENTS

START = datetime.now(UTC) - timedelta(seconds=1)
TRIGGER = Trigger(name="orders", function_name="f", events=replace(EVENTS, full_document=True))


@pytest.fixture
async def documents(tmp_path: Path) -> AsyncIterator[EmbeddedDocuments]:
    """An empty data source."""
    documents = await EmbeddedDocuments.open(tmp_path / "documents.sqlite")
    async with documents:
        yield documents


@asynccontextmanager
async def feeding(
    store: Store, documents: EmbeddedDocuments, *triggers: Trigger, version: str = "1", at: datetime = START
) -> AsyncIterator[Standing]:
    """Feeders at work for an app of these triggers."""
    registry = Registry()
    standing = Standing(store, registry)

    async def open_source(_: Deployment, service: str) -> ChangeSource:
        assert service == "db"
        return EmbeddedChanges(documents)

    async with Feeding(store, standing, open_source, lambda: None), standing:
        registry.put(deployment("app", *triggers, at=at, version=version))
        yield standing


async def insert(documents: EmbeddedDocuments, *numbers: int, collection: str = "orders", depth: int = 0) -> None:
    """Write documents, one after the other."""
    for number in numbers:
        arguments: Document = {"document": {"_id": number}}
        await documents.execute(
            Operation(database="shop", collection=collection, action="insertOne", arguments=arguments, depth=depth)
        )


async def owed(store: Store, count: int) -> list[QueuedEvent]:
    """So many events, as soon as they are there, in the order of the queue; lanes are followed."""
    found: list[QueuedEvent] = []
    now = datetime.now(UTC) + timedelta(minutes=1)
    async with asyncio.timeout(120):
        while len(found) < count:
            claimed = await store.claim_events(
                owner="o", now=now, lease=timedelta(1), sharing=Shares(lambda apps: dict.fromkeys(apps, 99))
            )
            for queued in claimed.events:
                await store.finish_events([("app", queued.event.id)], owner="o", now=now)
            found += claimed.events
            await asyncio.sleep(0.005)
    return found


def numbers(events: Sequence[QueuedEvent]) -> list[object]:
    """The documents' ids that the events are about."""
    return [cast("Document", cast("Document", queued.event.arguments[0])["documentKey"])["_id"] for queued in events]


async def state(store: Store, wanted: TriggerStatus) -> TriggerState:
    """The trigger's state, once it has this status."""
    async with asyncio.timeout(120):
        while not (states := await store.trigger_states("app")) or states[0].status is not wanted:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    return states[0]


async def test_changes_are_owed_in_order(store: Store, documents: EmbeddedDocuments) -> None:
    """Each change of what is watched is one event with a stable id, in one lane; others are none."""
    async with feeding(store, documents, TRIGGER):
        await insert(documents, 3, 1, 2)
        await insert(documents, 9, collection="other")
        events = await owed(store, 3)

    assert numbers(events) == [3, 1, 2]
    assert [queued.event.id for queued in events] == [f"orders:{number:016x}" for number in (1, 2, 3)]
    assert {queued.event.lane for queued in events} == {"orders"}
    assert await store.waiting_events() == 0


async def test_unordered_and_keyed_triggers(store: Store, documents: EmbeddedDocuments) -> None:
    """An unordered trigger has no lane, one with a key has a lane for each value of it."""
    unordered = replace(TRIGGER, name="u", events=replace(EVENTS, unordered=True))
    keyed = replace(TRIGGER, name="k", ordered_by="documentKey._id")
    async with feeding(store, documents, unordered, keyed):
        await insert(documents, 1, 2)
        events = await owed(store, 4)

    lanes = {(queued.event.trigger_name, queued.event.lane) for queued in events}
    assert ("u", None) in lanes
    assert len({lane for name, lane in lanes if name == "k"}) == 2


async def test_place_is_kept_over_restarts(store: Store, documents: EmbeddedDocuments) -> None:
    """What was written while no server ran is owed after the start, and nothing is owed twice."""
    async with feeding(store, documents, TRIGGER):
        await insert(documents, 1)
        assert numbers(await owed(store, 1)) == [1]
    await insert(documents, 2, 3)
    async with feeding(store, documents, TRIGGER):
        await insert(documents, 4)
        assert numbers(await owed(store, 3)) == [2, 3, 4]


async def test_processes_feed_together(store: Store, documents: EmbeddedDocuments) -> None:
    """Feeders of several processes that read the same changes queue each once, in order."""
    async with feeding(store, documents, TRIGGER), feeding(store, documents, TRIGGER):
        for number in range(30):
            await insert(documents, number)
        events = await owed(store, 30)

    assert numbers(events) == list(range(30))
    assert await store.waiting_events() == 0


@pytest.mark.parametrize("skip", [True, False])
async def test_enabled_again(store: Store, documents: EmbeddedDocuments, skip: bool) -> None:  # noqa: FBT001 - a parameter
    """A trigger that was disabled goes on where it was, unless it skips what happened meanwhile."""
    trigger = replace(TRIGGER, events=replace(EVENTS, skip_catchup_events=skip))
    async with feeding(store, documents, trigger):
        await insert(documents, 1)
        await owed(store, 1)
    async with feeding(store, documents, replace(trigger, disabled=True), version="2"):
        await state(store, TriggerStatus.DISABLED)
    await insert(documents, 2)
    await asyncio.sleep(0.002)
    async with feeding(store, documents, trigger, version="3", at=datetime.now(UTC)):
        await state(store, TriggerStatus.ACTIVE)
        await asyncio.sleep(0.002)
        await insert(documents, 3)
        events = await owed(store, 1 if skip else 2)

    assert numbers(events) == ([3] if skip else [2, 3])


async def lose(store: Store, documents: EmbeddedDocuments, trigger: Trigger, patch: pytest.MonkeyPatch) -> None:
    """Let the log forget changes that the trigger has not read."""
    patch.setattr("server.documents.change_log.KEPT", 2)
    async with feeding(store, documents, trigger):
        await insert(documents, 1)
        await owed(store, 1)
    await insert(documents, 2, 3, 4, 5, 6)


async def test_lost_place_suspends(store: Store, documents: EmbeddedDocuments, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trigger whose changes are forgotten stands still and says why; resumed from now it sees what comes."""
    await lose(store, documents, TRIGGER, monkeypatch)
    async with feeding(store, documents, TRIGGER) as standing:
        stuck = await state(store, TriggerStatus.SUSPENDED)
        assert stuck.reason == feeder.LOST
        now = datetime.now(UTC)
        await asyncio.sleep(0.002)
        await store.change_triggers("app", lambda states: [resumed(one, now=now, skip=True) for one in states])
        standing.read_anew()
        await insert(documents, 7)
        assert numbers(await owed(store, 1)) == [7]


async def test_lost_place_is_tolerated(
    store: Store, documents: EmbeddedDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `tolerate_resume_errors` the trigger goes on from now by itself."""
    trigger = replace(TRIGGER, events=replace(EVENTS, tolerate_resume_errors=True))
    await lose(store, documents, trigger, monkeypatch)
    async with feeding(store, documents, trigger), asyncio.timeout(120):
        for number in count(10):
            await insert(documents, number)
            if await store.waiting_events():
                break
            await asyncio.sleep(0.01)
    assert (await state(store, TriggerStatus.ACTIVE)).place is not None


async def test_malformed_match_suspends(store: Store, documents: EmbeddedDocuments) -> None:
    """A trigger that cannot be understood is suspended with the reason, and stops no other."""
    bad = replace(TRIGGER, name="bad", events=replace(EVENTS, match={"a": {"$nope": 1}}))
    async with feeding(store, documents, bad, TRIGGER):
        assert "$nope" in (await state(store, TriggerStatus.SUSPENDED)).reason
        await insert(documents, 1)
        assert numbers(await owed(store, 1)) == [1]


async def test_chain_is_counted(store: Store, documents: EmbeddedDocuments) -> None:
    """What a run writes is one deeper than its event; the log keeps it, also for writes in a transaction."""
    async with feeding(store, documents, TRIGGER):
        await insert(documents, 1)
        await insert(documents, 2, depth=7)
        transaction = await documents.begin()
        await transaction.execute(
            Operation(
                database="shop", collection="orders", action="insertOne", arguments={"document": {"_id": 3}}, depth=8
            )
        )
        await transaction.commit()
        events = await owed(store, 3)

    assert [queued.event.depth for queued in events] == [0, 7, 8]


async def test_ten_thousand_triggers(store: Store, documents: EmbeddedDocuments) -> None:
    """Each of very many triggers is owed its own changes and no others'."""
    many = [
        replace(TRIGGER, name=f"t{number}", events=replace(EVENTS, collection=f"c{number}")) for number in range(10_000)
    ]
    async with feeding(store, documents, *many):
        await insert(documents, 1, collection="c9999")
        await insert(documents, 2, collection="c0")
        events = await owed(store, 2)

    assert {queued.event.trigger_name for queued in events} == {"t9999", "t0"}
    assert await store.waiting_events() == 0


async def test_full_queue_holds_changes_back(
    store: Store, documents: EmbeddedDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where many events wait, changes stay in the log instead of piling up in the queue."""
    monkeypatch.setattr(feeder, "BATCH", 2)
    monkeypatch.setattr(feeder, "MOST_AHEAD", 3)
    monkeypatch.setattr(feeder, "PAUSE", 0.01)
    await insert(documents, *range(20))
    async with feeding(store, documents, TRIGGER):
        async with asyncio.timeout(120):
            while await store.waiting_events() < 4:  # noqa: ASYNC110 - rows
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.05)
        assert await store.waiting_events() == 4
        assert numbers(await owed(store, 20)) == list(range(20))
