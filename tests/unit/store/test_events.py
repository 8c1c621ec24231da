"""The queue: every event is owed until finished, one owner has it at a time, lanes keep their order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.events import Retry, TriggerEvent
from server.store import Store, open_store
from server.store.claims import MOST_READ, PIECE
from tests.claiming import Shares

if TYPE_CHECKING:
    from tests.unit.store.conftest import People

LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)


async def claim(store: Store, now: datetime, *, owner: str = "one", limit: int = 10) -> list[str]:
    """The ids that a claim gives, as many of each app as the limit."""
    claimed = await store.claim_events(
        owner=owner, now=now, lease=LEASE, sharing=Shares(lambda app_ids: dict.fromkeys(app_ids, limit))
    )
    return [queued.event.id for queued in claimed.events]


def lane(people: People, name: str | None, ids: Sequence[str]) -> list[TriggerEvent]:
    """Events of one lane, in this order, whatever their ids."""
    return [replace(people.event(id_), lane=name, position=position) for position, id_ in enumerate(ids)]


@pytest.fixture
async def queue(store: Store, people: People) -> Store:
    """Three events: b is the oldest, then a, then c."""
    assert await store.add_events([people.event("a", after=1), people.event("b"), people.event("c", after=2)]) == 3
    return store


async def test_oldest_events_are_claimed_first(queue: Store, people: People) -> None:
    """A claim gives the oldest, whole, counted as one attempt; the next gives what follows; then there are none."""
    claimed = await queue.claim_events(owner="one", now=people.now + SECOND, lease=LEASE, sharing=Shares({"app": 1}))
    (first,) = claimed.events

    assert (first.event, first.attempts, first.failures) == (people.event("b"), 1, 0)
    assert claimed.next_due == people.now + 2 * SECOND or claimed.next_due is None
    assert await claim(queue, people.now + 2 * SECOND, owner="two") == ["a", "c"]
    assert await claim(queue, people.now + 2 * SECOND) == []
    assert await queue.waiting_events() == 3


async def test_every_field_survives(store: Store, people: People) -> None:
    """An event comes out of the queue as it went in."""
    event = replace(
        people.event("a"),
        arguments=(1, "two", {"three": people.now}),
        lane="x",
        position=7,
        depth=3,
        retry=Retry(attempts=4, first_delay=2 * SECOND, longest_delay=3 * SECOND, deadline=4 * SECOND),
    )
    await store.add_events([event])
    claimed = await store.claim_events(owner="one", now=people.now, lease=LEASE, sharing=Shares({"app": 1}))

    assert [queued.event for queued in claimed.events] == [event]
    assert claimed.events[0].give_up_at == people.now + 4 * SECOND


async def test_time_of_the_next_is_told(store: Store, people: People) -> None:
    """An idle owner learns how long there will be nothing."""
    await store.add_events([people.event("later", after=5)])
    claimed = await store.claim_events(owner="one", now=people.now, lease=LEASE, sharing=Shares({}))

    assert (claimed.events, claimed.next_due) == ([], people.now + 5 * SECOND)


async def test_apps_have_their_shares(store: Store, people: People) -> None:
    """A claim takes of each app what its share is, and asks only for apps that have events due."""
    await store.add_events([people.event(f"a{number}") for number in range(5)])
    await store.add_events([replace(people.event(f"b{number}"), app_id="other") for number in range(5)])
    await store.add_events([replace(people.event("c", after=9), app_id="third")])
    asked: list[str] = []

    def share(app_ids: Sequence[str]) -> dict[str, int]:
        asked.extend(app_ids)
        return {"app": 1, "other": 3}

    claimed = await store.claim_events(owner="one", now=people.now, lease=LEASE, sharing=Shares(share))
    assert asked == ["app", "other"]
    assert [queued.event.id for queued in claimed.events] == ["a0", "b0", "b1", "b2"]


async def test_triggers_of_an_app_take_turns(store: Store, people: People) -> None:
    """A trigger's many old events hide no other trigger's, and the turn goes on from where it was, round and round."""
    await store.add_events([people.event(f"a{number}") for number in range(9)])
    for name in "bcd":
        await store.add_events([replace(people.event(name, after=1), trigger_name=name)])
    now = people.now + SECOND

    first = await store.claim_events(owner="one", now=now, lease=LEASE, sharing=Shares({"app": 2}, after="b"))
    assert [queued.event.id for queued in first.events] == ["c", "d"]
    assert first.last == {"app": "d"}
    again = await store.claim_events(owner="one", now=now, lease=LEASE, sharing=Shares({"app": 4}, after="d"))
    assert [queued.event.id for queued in again.events] == ["a0", "a1", "b"]
    assert again.last == {"app": "b"}


async def test_large_events_are_begun_a_few_at_a_time(store: Store, people: People) -> None:
    """A backlog of large events is not read into memory at once; what was not begun is begun next."""
    large = "x" * (MOST_READ // PIECE + 1)
    await store.add_events([replace(people.event(f"{number:02}"), arguments=(large,)) for number in range(PIECE + 9)])

    assert len(await claim(store, people.now, limit=36)) == PIECE
    assert len(await claim(store, people.now, limit=36, owner="two")) == 9


async def test_ten_thousand_triggers_that_wait_hide_nothing(store: Store, people: People) -> None:
    """What cannot be begun yet is walked past, trigger by trigger, to what can."""
    waiting = [replace(people.event(f"w{number}", after=99), trigger_name=f"w{number:05}") for number in range(10_000)]
    await store.add_events([*waiting, replace(people.event("due"), trigger_name="z")])

    assert await claim(store, people.now, limit=3) == ["due"]


async def test_expired_lease_frees_the_event(queue: Store, people: People) -> None:
    """An owner who does not come back loses the event at the lease's end to another; attempts are counted."""
    now = people.now + 2 * SECOND
    await claim(queue, now)

    assert await claim(queue, now + LEASE - SECOND / 1000, owner="two") == []
    assert await claim(queue, now + LEASE, owner="one") == []
    again = await queue.claim_events(owner="two", now=now + LEASE, lease=LEASE, sharing=Shares({"app": 9}))
    assert [queued.attempts for queued in again.events] == [2, 2, 2]


async def test_lease_is_renewed_by_its_owner_only(queue: Store, people: People) -> None:
    """Renewing keeps the owner's events longer; nobody else can keep them."""
    now = people.now + 2 * SECOND
    await claim(queue, now, owner="one", limit=1)
    await claim(queue, now, owner="two")

    await queue.renew_leases(owner="one", until=now + 3 * LEASE)

    assert await claim(queue, now + LEASE, owner="three") == ["a", "c"]
    assert await claim(queue, now + 3 * LEASE, owner="four") == ["b", "a", "c"]


async def test_finished_event_is_never_seen_again(queue: Store, people: People) -> None:
    """What happened is owed no more, whatever happens to leases; only its owner may say so."""
    now = people.now + 2 * SECOND
    await claim(queue, now, limit=1)

    assert not await queue.finish_events([("app", "b")], owner="two", now=now)
    assert await queue.finish_events([("app", "b")], owner="one", now=now)
    assert not await queue.finish_events([("app", "b")], owner="one", now=now)

    assert await queue.waiting_events() == 2
    assert await claim(queue, now + 2 * LEASE) == ["a", "c"]


async def test_what_ended_is_finished_with_the_next_claim(store: Store, people: People) -> None:
    """A claim finishes what its owner says has ended, so that the next of a lane begins in the same write."""
    await store.add_events(lane(people, "x", "abc"))
    assert await claim(store, people.now) == ["a"]
    share, key = Shares({"app": 9}), ("app", "a")

    none = await store.claim_events(owner="two", now=people.now, lease=LEASE, sharing=share, ended=[key])
    assert none.events == []
    claimed = await store.claim_events(owner="one", now=people.now, lease=LEASE, sharing=share, ended=[key])
    assert [queued.event.id for queued in claimed.events] == ["b"]
    assert await store.waiting_events() == 2


async def test_postponed_event_waits(queue: Store, people: People) -> None:
    """An event that failed comes again at its time and not before; failures and the error are kept."""
    now = people.now + 2 * SECOND
    await claim(queue, now)
    assert not await queue.postpone_event("app", "b", owner="two", until=now, error="no", failed=True)
    assert await queue.postpone_event("app", "b", owner="one", until=now + SECOND, error="no", failed=True)
    assert await queue.postpone_event("app", "a", owner="one", until=now + 2 * SECOND, error="cut", failed=False)

    assert await claim(queue, now + SECOND - SECOND / 1000) == []
    claimed = await queue.claim_events(owner="one", now=now + SECOND, lease=LEASE, sharing=Shares({"app": 9}))
    assert [(e.event.id, e.attempts, e.failures, e.last_error) for e in claimed.events] == [("b", 2, 1, "no")]
    assert await claim(queue, now + 2 * SECOND) == ["a"]


async def test_leases_are_released_at_start(path: Path, people: People) -> None:
    """A process that starts alone gets at once what its predecessor had begun; one that stops gives it back unbegun."""
    async with open_store(path) as store:
        await store.add_events([people.event("a"), people.event("b")])
        await claim(store, people.now, limit=1)

    async with open_store(path) as store:
        assert await store.release_all_leases(now=people.now) == 1
        assert await claim(store, people.now, owner="two") == ["a", "b"]
        assert await store.release_leases(owner="one", now=people.now) == 0
        assert await store.release_leases(owner="two", now=people.now) == 2
        claimed = await store.claim_events(owner="x", now=people.now, lease=LEASE, sharing=Shares({"app": 9}))
        assert [queued.attempts for queued in claimed.events] == [2, 1]


async def test_event_is_queued_once(queue: Store, people: People) -> None:
    """Processes that find the same event due queue it once, and a claim on it stays."""
    now = people.now + 3 * SECOND
    await claim(queue, now)

    assert await queue.add_events([people.event("a"), people.event("d", after=3)]) == 1
    assert await claim(queue, now) == ["d"]


async def test_no_event_goes_to_two_owners(path: Path, people: People) -> None:
    """Concurrent claims by several processes share the events out, each once."""
    ids = [f"{number:02}" for number in range(40)]
    async with open_store(path) as one, open_store(path) as other:
        await one.add_events([people.event(id_) for id_ in ids])
        claimed = await asyncio.gather(
            *(claim([one, other][turn % 2], people.now, owner=str(turn), limit=3) for turn in range(20))
        )

    assert sorted(id_ for some in claimed for id_ in some) == ids


async def test_lane_runs_one_at_a_time(store: Store, people: People) -> None:
    """Of a lane only the first may begin; when it ends, whichever way, the next may; other lanes go on meanwhile."""
    await store.add_events([*lane(people, "x", "cab"), *lane(people, "y", "de"), *lane(people, None, "fg")])

    assert sorted(await claim(store, people.now)) == ["c", "d", "f", "g"]
    assert await claim(store, people.now) == []
    await store.finish_events([("app", "c")], owner="one", now=people.now)
    assert await claim(store, people.now) == ["a"]
    await store.bury_event("app", "a", owner="one", reason="no", now=people.now)
    assert await claim(store, people.now) == ["b"]


async def test_failure_holds_its_lane_up(store: Store, people: People) -> None:
    """What waits for its next attempt keeps the order: nothing of its lane overtakes it."""
    await store.add_events(lane(people, "x", "ab"))
    await claim(store, people.now)
    await store.postpone_event("app", "a", owner="one", until=people.now + SECOND, error="", failed=True)

    assert await claim(store, people.now) == []
    assert await claim(store, people.now + SECOND) == ["a"]


async def test_lane_is_taken_up_again(store: Store, people: People) -> None:
    """A lane that had run empty begins at once with what comes next, also with a lower position."""
    await store.add_events(lane(people, "x", "zab"))
    for expected in "zab":
        assert await claim(store, people.now) == [expected]
        await store.finish_events([("app", expected)], owner="one", now=people.now)

    await store.add_events(lane(people, "x", "c"))
    assert await claim(store, people.now) == ["c"]


async def test_clock_set_back(store: Store, people: People) -> None:
    """What waits for a time waits as much less as the clock was set back, and never until later than it did."""
    hour = timedelta(hours=1)
    await store.add_events([people.event("a"), people.event("b"), *lane(people, "x", "cd")])
    await claim(store, people.now, limit=1)
    await store.postpone_event("app", "a", owner="one", until=people.now + 5 * SECOND, error="", failed=True)
    now = people.now - hour

    assert await claim(store, now) == []
    assert await store.bring_events_forward(["app"], now=now, by=hour) == 3
    assert await claim(store, now) == ["b", "c"]
    assert await claim(store, now + 5 * SECOND) == ["a"]


async def test_counting_has_an_end(queue: Store) -> None:
    """How much waits for one app is counted no further than asked."""
    assert await queue.waiting_events_of("app", most=2) == 2
    assert await queue.waiting_events_of("app", most=9) == 3
    assert await queue.waiting_events_of("other", most=9) == 0
