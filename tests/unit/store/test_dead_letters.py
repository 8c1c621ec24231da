"""Events that were given up are kept, replayed, discarded, and do not pile up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from server.store import Store
from tests.claiming import Shares

if TYPE_CHECKING:
    from tests.unit.store.conftest import People

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


async def begin(store: Store, now: datetime) -> list[str]:
    """The ids of all events due."""
    claimed = await store.claim_events(
        owner="one", now=now, lease=LEASE, sharing=Shares(lambda app_ids: dict.fromkeys(app_ids, 9))
    )
    return [queued.event.id for queued in claimed.events]


@pytest.fixture
async def graveyard(store: Store, people: People) -> Store:
    """Three dead events: a died first, b and c are of one lane."""
    events = [people.event("a"), people.event("b"), people.event("c")]
    await store.add_events([events[0], *(replace(event, lane="x", trigger_name="other") for event in events[1:])])
    for number, event in enumerate(events):
        await begin(store, people.now + number * SECOND)
        assert await store.bury_event(
            "app", event.id, owner="one", reason=f"error {event.id}", now=people.now + number * SECOND
        )
    return store


async def test_dead_events_are_listed(graveyard: Store, people: People) -> None:
    """The last to die comes first, whole, with the reason; of one trigger where asked; none is owed."""
    dead = await graveyard.dead_events("app")

    assert [(one.queued.event.id, one.reason, one.queued.attempts) for one in dead] == [
        ("c", "error c", 1),
        ("b", "error b", 1),
        ("a", "error a", 1),
    ]
    assert dead[2].queued.event == people.event("a")
    assert dead[2].died_at == people.now
    assert [one.queued.event.id for one in await graveyard.dead_events("app", trigger_name="onLogin")] == ["a"]
    assert [one.queued.event.id for one in await graveyard.dead_events("app", skip=1, limit=1)] == ["b"]
    assert await graveyard.dead_events("third") == []
    assert await graveyard.find_dead_event("app", "b") == dead[1]
    assert await graveyard.find_dead_event("app", "x") is None
    assert await graveyard.waiting_events() == 0


async def test_only_the_owner_buries(store: Store, people: People) -> None:
    """An owner whose lease was taken over cannot give the event up."""
    await store.add_events([people.event("a")])
    await begin(store, people.now)

    assert not await store.bury_event("app", "a", owner="two", reason="", now=people.now)
    assert await store.dead_events("app") == []
    assert await store.waiting_events() == 1


async def test_replayed_event_begins_anew(graveyard: Store, people: People) -> None:
    """A replayed event has all its attempts and time before it, and takes its place in its lane."""
    later = people.now + timedelta(days=9)
    assert await graveyard.replay_events("app", ["c", "b", "unknown"], now=later) == 2

    assert [one.queued.event.id for one in await graveyard.dead_events("app")] == ["a"]
    claimed = await graveyard.claim_events(owner="one", now=later, lease=LEASE, sharing=Shares({"app": 9}))
    (first,) = claimed.events
    assert (first.event.id, first.attempts, first.failures) == ("c", 1, 0)
    assert first.give_up_at == later + first.event.retry.deadline
    await graveyard.finish_events([("app", "c")], owner="one", now=later)
    assert await begin(graveyard, later) == ["b"]


async def test_discarded_events_are_gone(graveyard: Store, people: People) -> None:
    """Discarding forgets, and says how many there were."""
    assert await graveyard.discard_events("app", ["a", "b", "unknown"]) == 2

    assert [one.queued.event.id for one in await graveyard.dead_events("app")] == ["c"]
    assert await begin(graveyard, people.now + LEASE) == []


async def test_graveyard_is_bounded(graveyard: Store) -> None:
    """Of each app the newest are kept."""
    assert await graveyard.trim_dead_events("app", kept=3) == 0
    assert await graveyard.trim_dead_events("app", kept=2) == 1
    assert [one.queued.event.id for one in await graveyard.dead_events("app")] == ["c", "b"]
