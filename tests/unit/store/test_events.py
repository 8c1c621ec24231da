"""The queue: every event is owed until finished, and one owner has it at a time."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.store import Store, open_store

if TYPE_CHECKING:
    from tests.unit.store.conftest import People

LEASE = timedelta(seconds=30)


async def claim(store: Store, now: datetime, *, owner: str = "one", limit: int = 10) -> list[str]:
    """The ids that a claim gives."""
    events = await store.claim_events(owner=owner, now=now, lease=LEASE, limit=limit)
    return [queued.event.id for queued in events]


@pytest.fixture
async def queue(store: Store, people: People) -> Store:
    """Three events: b is the oldest, then a, then c."""
    assert await store.add_events([people.event("a", after=1), people.event("b"), people.event("c", after=2)]) == 3
    return store


async def test_oldest_events_are_claimed_first(queue: Store, people: People) -> None:
    """A claim gives the oldest, whole, counted as one attempt; the next gives what follows; then there are none."""
    (first,) = await queue.claim_events(owner="one", now=people.now, lease=LEASE, limit=1)

    assert (first.event, first.attempts) == (people.event("b"), 1)
    assert await claim(queue, people.now, owner="two") == ["a", "c"]
    assert await claim(queue, people.now) == []
    assert await queue.waiting_events() == 3


async def test_expired_lease_frees_the_event(queue: Store, people: People) -> None:
    """An owner who does not come back loses the event at the lease's end; attempts are counted."""
    await claim(queue, people.now)

    assert await claim(queue, people.now + LEASE - timedelta(milliseconds=1)) == []
    again = await queue.claim_events(owner="two", now=people.now + LEASE, lease=LEASE, limit=10)
    assert [queued.attempts for queued in again] == [2, 2, 2]


async def test_lease_is_renewed_by_its_owner_only(queue: Store, people: People) -> None:
    """Renewing keeps an event longer; nobody else can keep it."""
    await claim(queue, people.now)
    later = people.now + 2 * LEASE

    await queue.renew_lease(["a"], owner="one", until=later)
    await queue.renew_lease(["b"], owner="two", until=later)

    assert await claim(queue, people.now + LEASE) == ["b", "c"]
    assert await claim(queue, later) == ["b", "a", "c"]


async def test_finished_event_is_never_seen_again(queue: Store, people: People) -> None:
    """What happened is owed no more, whatever happens to leases."""
    await claim(queue, people.now, limit=1)

    await queue.finish_event("b")
    await queue.finish_event("b")

    assert await queue.waiting_events() == 2
    assert await claim(queue, people.now + 2 * LEASE) == ["a", "c"]


async def test_leases_are_released_at_start(path: Path, people: People) -> None:
    """A process that starts alone gets at once what its predecessor had claimed."""
    async with open_store(path) as store:
        await store.add_events([people.event("a"), people.event("b", after=1)])
        await claim(store, people.now, limit=1)

    async with open_store(path) as store:
        assert await store.release_all_leases() == 1
        assert await claim(store, people.now) == ["a", "b"]


async def test_event_is_queued_once(queue: Store, people: People) -> None:
    """Processes that find the same event due queue it once, and a claim on it stays."""
    await claim(queue, people.now)

    assert await queue.add_events([people.event("a"), people.event("d", after=3)]) == 1
    assert await claim(queue, people.now) == ["d"]


async def test_no_event_goes_to_two_owners(path: Path, people: People) -> None:
    """Concurrent claims by several processes share the events out, each once."""
    ids = [f"{number:02}" for number in range(40)]
    async with open_store(path) as one, open_store(path) as other:
        await one.add_events([people.event(id_) for id_ in ids])
        claimed = await asyncio.gather(
            *(claim([one, other][turn % 2], people.now, owner=str(turn), limit=3) for turn in range(20))
        )

    assert sorted(id_ for some in claimed for id_ in some) == ids
