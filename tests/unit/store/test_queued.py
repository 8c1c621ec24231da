"""The queue as people look at it: what is due when, what runs, what is behind others."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from server.store import Store
from tests.claiming import Shares

if TYPE_CHECKING:
    from tests.unit.store.conftest import People

SECOND = timedelta(seconds=1)


async def test_events_are_shown_as_they_stand(store: Store, people: People) -> None:
    """Those due first come first; of a lane only the first has a time; one that was begun runs; limits hold."""
    lane = [replace(people.event(id_), lane="x", position=position) for position, id_ in enumerate("bc")]
    await store.add_events([people.event("a"), *lane, people.event("d", after=5)])
    await store.claim_events(owner="one", now=people.now, lease=30 * SECOND, sharing=Shares({"app": 1}))
    waiting = await store.queued_events("app")

    assert [(one.queued.event.id, one.due_at, one.is_running) for one in waiting] == [
        ("b", people.now, False),
        ("d", people.now + 5 * SECOND, False),
        ("a", people.now + 30 * SECOND, True),
        ("c", None, False),
    ]
    assert [one.queued.event.id for one in await store.queued_events("app", limit=1)] == ["b"]
    assert await store.queued_events("other") == []
