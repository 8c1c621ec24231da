"""The runner: everything owed is run, failures by their rules, and no event or app stops the others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest

from server.events import ONCE, EventKind, QueuedEvent
from server.store import Store
from server.store.claims import Claimed
from server.store.errors import StoreError
from server.triggers import pace
from server.triggers import runner as runner_module
from server.triggers.outcomes import RunFailed, RunHopeless, RunInterrupted
from server.triggers.retrying import MOST_INTERRUPTIONS
from server.triggers.runner import CONCURRENCY, TriggerRunner
from tests.claiming import Shares
from tests.unit.triggers.conftest import event, until_empty

if TYPE_CHECKING:
    from tests.unit.triggers.conftest import Runs, SetClock


async def fail(_: QueuedEvent) -> None:
    """The function throws."""
    raise RunFailed("thrown")


async def test_what_is_owed_is_run_once(store: Store, runner: TriggerRunner, runs: Runs) -> None:
    """Many events, each once, and nothing is left."""
    ids = [f"{number:03}" for number in range(200)]
    await store.add_events([event(id_) for id_ in ids])
    runner.wake()
    await until_empty(store)

    assert sorted(runs.ids) == ids
    assert await store.dead_events("app") == []


async def test_failed_event_is_tried_again_then_given_up(store: Store, runner: TriggerRunner, runs: Runs) -> None:
    """Three attempts are three runs; then the event is dead, with the last error."""
    runs.acts["bad"] = fail
    await store.add_events([event("bad"), event("good")])
    runner.wake()
    await until_empty(store)

    assert runs.ids.count("bad") == 3
    assert runs.ids.count("good") == 1
    (dead,) = await store.dead_events("app")
    assert (dead.queued.event.id, dead.queued.attempts, dead.reason) == ("bad", 3, "thrown")


async def test_an_old_export_is_not_retried(store: Store, runner: TriggerRunner, runs: Runs) -> None:
    """Without retries a failure is final, and kept."""
    runs.acts["bad"] = fail
    await store.add_events([event("bad", retry=ONCE)])
    runner.wake()
    await until_empty(store)

    assert runs.ids == ["bad"]
    assert len(await store.dead_events("app")) == 1


async def test_interruption_is_no_failure(store: Store, runner: TriggerRunner, runs: Runs) -> None:
    """A run that was cut off is made again though the trigger has no retries, also after an error of our own."""
    errors: list[Exception] = [RunInterrupted("killed"), KeyError("a bug")]

    async def cut_off(_: QueuedEvent) -> None:
        if errors:
            raise errors.pop()

    runs.acts["cut"] = cut_off
    await store.add_events([event("cut", retry=ONCE)])
    runner.wake()
    await until_empty(store)

    assert runs.ids == ["cut"] * 3
    assert await store.dead_events("app") == []


async def test_event_that_always_kills_is_given_up(
    store: Store, runner: TriggerRunner, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event whose runs never end is not run for ever."""
    monkeypatch.setattr("server.triggers.retrying.LONGEST_PAUSE", timedelta(milliseconds=1))

    async def kill(_: QueuedEvent) -> None:
        raise RunInterrupted("killed")

    runs.acts["killer"] = kill
    await store.add_events([event("killer")])
    runner.wake()
    await until_empty(store)

    assert runs.ids == ["killer"] * MOST_INTERRUPTIONS
    (dead,) = await store.dead_events("app")
    assert dead.reason == f"cut off {MOST_INTERRUPTIONS} times, at last by: killed"


async def test_hopeless_event_is_given_up_at_once(store: Store, runner: TriggerRunner, runs: Runs) -> None:
    """What can never succeed is not repeated."""

    async def loop(_: QueuedEvent) -> None:
        raise RunHopeless("a loop")

    runs.acts["loop"] = loop
    await store.add_events([event("loop")])
    runner.wake()
    await until_empty(store)

    assert runs.ids == ["loop"]


async def test_lane_keeps_its_order_through_failures(store: Store, runner: TriggerRunner, runs: Runs) -> None:
    """In a lane an event begins after the one before it has ended for good."""
    runs.acts["2"] = fail
    await store.add_events([event(str(number), lane="x") for number in range(5)])
    runner.wake()
    await until_empty(store)

    assert runs.ids == ["0", "1", "2", "2", "2", "3", "4"]


async def test_hanging_app_leaves_room_for_others(store: Store, runner: TriggerRunner, runs: Runs) -> None:
    """An app whose functions do not end has its places; another app's events run beside them."""
    release = asyncio.Event()

    async def hang(_: QueuedEvent) -> None:
        await release.wait()

    hanging = [event(f"h{number:02}") for number in range(CONCURRENCY + 9)]
    runs.acts = {one.id: hang for one in hanging}
    await store.add_events(hanging)
    runner.wake()
    await store.add_events([event(f"o{number}", app_id="other") for number in range(50)])
    runner.wake()
    async with asyncio.timeout(120):
        await asyncio.gather(*(runs.seen[f"o{number}"].wait() for number in range(50)))
    assert sum(id_.startswith("h") for id_ in runs.ids) <= CONCURRENCY * 3 / 4
    release.set()
    await until_empty(store)


@pytest.mark.parametrize(("name", "most"), [("hangs", 36), ("eager", 44)])
async def test_hanging_trigger_leaves_room_for_others_of_its_app(
    store: Store, runner: TriggerRunner, runs: Runs, name: str, most: int
) -> None:
    """A trigger whose runs do not end has its places; other triggers of its app run beside them, old and new."""
    release = asyncio.Event()

    async def hang(_: QueuedEvent) -> None:
        await release.wait()

    hanging = [event(f"h{number:02}", trigger=name) for number in range(2 * CONCURRENCY)]
    runs.acts = {one.id: hang for one in hanging}
    await store.add_events(hanging)
    runner.wake()
    await store.add_events([event(f"o{number}", trigger=f"o{number % 9}") for number in range(50)])
    runner.wake()
    async with asyncio.timeout(120):
        await asyncio.gather(*(runs.seen[f"o{number}"].wait() for number in range(50)))
        await asyncio.gather(*(runs.seen[f"h{number:02}"].wait() for number in range(9)))
    assert sum(id_.startswith("h") for id_ in runs.ids) <= most
    release.set()
    await until_empty(store)


async def test_events_of_a_disabled_trigger_wait(store: Store, runner: TriggerRunner, runs: Runs) -> None:
    """Who disables a trigger stops it, whatever it is owed; others, and what is asked for afterwards, go on."""
    await store.add_events([event(f"d{number}", trigger="disabled") for number in range(2 * CONCURRENCY)])
    await store.add_events([event("a", trigger="z"), event("b", trigger="after:disabled")])
    runner.wake()
    async with asyncio.timeout(120):
        await asyncio.gather(runs.seen["a"].wait(), runs.seen["b"].wait())

    assert sorted(runs.ids) == ["a", "b"]


async def test_nothing_is_begun_beside_what_holds_too_much(
    store: Store, runner: TriggerRunner, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While running events hold many bytes others stay owed, for any process that has room; afterwards they run."""
    monkeypatch.setattr(runner_module, "MOST_HELD", 0)
    release = asyncio.Event()

    async def hang(_: QueuedEvent) -> None:
        await release.wait()

    runs.acts["large"] = hang
    await store.add_events([event("large")])
    runner.wake()
    async with asyncio.timeout(120):
        await runs.seen["large"].wait()
        await store.add_events([event("small"), event("later")])
        runner.wake()
        await asyncio.sleep(0)
        await store.waiting_events()
        now = datetime.now(UTC)
        claimed = await store.claim_events(owner="o", now=now, lease=timedelta(1), sharing=Shares({"app": 1}))
        (taken,) = [queued.event.id for queued in claimed.events]
        (left,) = {"small", "later"} - {taken}
        release.set()
        await runs.seen[left].wait()

    assert runs.ids == ["large", left]


async def test_events_of_two_apps_may_have_one_id(store: Store, runner: TriggerRunner, runs: Runs) -> None:
    """Two apps whose triggers have one name are owed events of one id at one tick: both run, and free their places."""
    for number in range(2 * CONCURRENCY):
        await store.add_events([event(f"t:{number}"), event(f"t:{number}", app_id="other")])
    runner.wake()
    await until_empty(store)

    assert len(runs.ids) == 4 * CONCURRENCY


async def test_events_of_apps_that_are_not_served_wait(store: Store, runner: TriggerRunner, runs: Runs) -> None:
    """An app that is not deployed now is owed its events."""
    await store.add_events([event("a", app_id="absent"), event("b")])
    runner.wake()
    async with asyncio.timeout(120):
        await runs.seen["b"].wait()

    assert runs.ids == ["b"]
    assert await store.waiting_events_of("absent", most=9) == 1


async def test_stopping_gives_back_what_does_not_end(
    store: Store, runs: Runs, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A runner that stops waits a while, then leaves the event to its successor as if it had not begun it."""
    monkeypatch.setattr(runner_module, "GRACE", 0.01)
    release = asyncio.Event()

    async def hang(_: QueuedEvent) -> None:
        await release.wait()

    runs.acts["a"] = hang
    handlers = dict.fromkeys(EventKind, runs.run)
    await store.add_events([event("a")])
    async with TriggerRunner(store, handlers, lambda: ("app",), clock=clock), asyncio.timeout(120):
        await runs.seen["a"].wait()
    assert await store.waiting_events() == 1

    release.set()
    async with TriggerRunner(store, handlers, lambda: ("app",), clock=clock):
        await until_empty(store)
    assert runs.ids == ["a", "a"]


async def test_stopping_finishes_what_has_ended(
    store: Store, runs: Runs, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ended, and whose end is not written yet when the runner stops, is not made again by its successor."""
    monkeypatch.setattr(runner_module, "GRACE", 0.01)
    monkeypatch.setattr(runner_module, "GATHERING", 1000)
    monkeypatch.setattr(pace, "GATHERING", 1000)
    release = asyncio.Event()

    async def hang(_: QueuedEvent) -> None:
        await release.wait()

    runs.acts["a"] = hang
    handlers = dict.fromkeys(EventKind, runs.run)
    await store.add_events([event("a"), event("b")])
    async with TriggerRunner(store, handlers, lambda: ("app",), clock=clock), asyncio.timeout(120):
        await asyncio.gather(runs.seen["a"].wait(), runs.seen["b"].wait())
        assert await store.waiting_events() == 2
    assert [waiting.queued.event.id for waiting in await store.queued_events("app")] == ["a"]


async def test_runs_that_ended_outlast_a_failing_store(
    store: Store, runner: TriggerRunner, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has ended is finished by a later write where one fails, and is not run again."""
    monkeypatch.setattr(runner_module, "RETRY", timedelta(milliseconds=1))
    claim, failures = store.claim_events, [StoreError("the disk is full")] * 3

    async def fail_at_times(**asked: object) -> Claimed:
        if asked["ended"] and failures:
            raise failures.pop()
        return await cast("Callable[..., Awaitable[Claimed]]", claim)(**asked)

    monkeypatch.setattr(store, "claim_events", fail_at_times)
    ids = [f"{number:03}" for number in range(100)]
    await store.add_events([event(id_) for id_ in ids])
    runner.wake()
    await until_empty(store)

    assert failures == []
    assert sorted(runs.ids) == ids


async def test_many_short_runs_share_writes(
    store: Store, runner: TriggerRunner, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs that end together are finished together, with the claim of those that follow."""
    claim, claims = store.claim_events, 0

    async def count(**asked: object) -> Claimed:
        nonlocal claims
        claims += 1
        return await cast("Callable[..., Awaitable[Claimed]]", claim)(**asked)

    monkeypatch.setattr(store, "claim_events", count)
    monkeypatch.setattr(pace, "GATHERING", 1000)
    await store.add_events([event(f"{number:03}") for number in range(360)])
    runner.wake()
    await until_empty(store)

    assert len(runs.ids) == 360
    assert claims < 360 / 5


async def test_clock_set_back_delays_nothing(store: Store, runner: TriggerRunner, runs: Runs, clock: SetClock) -> None:
    """Events queued before the clock was set back by a day are run all the same, and at once."""
    await store.add_events([event("before", app_id="absent")])
    clock.off = timedelta(days=-1)
    await store.add_events([event("a"), event("b")])
    runner.wake()
    await until_empty(store, "app")

    assert sorted(runs.ids) == ["a", "b"]


async def test_clock_set_forward_starts_nothing_twice(
    store: Store, runner: TriggerRunner, runs: Runs, clock: SetClock
) -> None:
    """A run under way is not begun again by its own process when its lease seems to have run out."""
    release = asyncio.Event()

    async def hang(_: QueuedEvent) -> None:
        await release.wait()

    runs.acts["a"] = hang
    await store.add_events([event("a")])
    runner.wake()
    async with asyncio.timeout(120):
        await runs.seen["a"].wait()
        clock.off = timedelta(days=1)
        await store.add_events([event("b")])
        runner.wake()
        await runs.seen["b"].wait()
    release.set()
    await until_empty(store)

    assert runs.ids == ["a", "b"]
