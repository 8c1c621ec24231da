"""Scheduled triggers: each tick owes one event, whatever processes and clocks do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from server.apps.cron import parse_cron
from server.apps.model import Schedule, Trigger
from server.calls.registry import Registry
from server.events import TriggerState, TriggerStatus
from server.store import Store
from server.triggers.board import Standing, Watched
from server.triggers.scheduler import FAR, MOST_CAUGHT_UP, Scheduler, catch_up, to_place
from server.triggers.standing import after_deployment, resumed, suspended
from tests.claiming import Shares
from tests.deployments import deployment

if TYPE_CHECKING:
    from server.context.deployment import Deployment

START = datetime(2026, 3, 4, 5, 6, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class StandingClock:
    """A clock that moves only when told."""

    at: datetime = START
    moved: float = 0

    def now(self) -> datetime:
        """The time."""
        return self.at

    def elapsed(self) -> float:
        """Seconds that nobody sets."""
        return self.moved


def scheduled(text: str, *, skip: bool = False, disabled: bool = False) -> Trigger:
    """A trigger that fires by this schedule."""
    return Trigger(
        name="tick",
        function_name="f",
        disabled=disabled,
        events=Schedule(cron=parse_cron(text), skip_catchup_events=skip),
    )


def watched(trigger: Trigger, since: datetime = START) -> Watched:
    """The trigger, deployed at that moment."""
    (state,) = after_deployment([], "app", [trigger], version="1", now=since)
    return Watched(cast("Deployment", None), trigger, state)


def ticks(one: Watched, now: datetime) -> list[str]:
    """The ticks that are owed now."""
    events = one.trigger.events
    move = catch_up(one, cast("Schedule", events).cron, now)
    return [event.id.partition(":")[2] for event in move.events] if move else []


@asynccontextmanager
async def scheduling(store: Store, served: Deployment, clock: StandingClock) -> AsyncIterator[asyncio.Event]:
    """A scheduler at work for one app; the event is set when there are new events."""
    registry, woken = Registry(), asyncio.Event()
    standing = Standing(store, registry)
    async with Scheduler(store, standing, woken.set, clock=clock), standing:
        registry.put(served)
        yield woken


async def test_each_tick_is_owed_once(store: Store) -> None:
    """Two processes that see the same ticks queue each once; a restart queues none again."""
    clock = StandingClock(START)
    served = deployment("app", scheduled("* * * * *"), at=START)
    async with scheduling(store, served, clock), scheduling(store, served, clock):
        await _until(store, states=1)
        clock.at = START + 3 * MINUTE
        async with scheduling(store, served, clock):
            await _until(store, events=3)
    clock.at += MINUTE
    async with scheduling(store, served, clock):
        await _until(store, events=4)

    claimed = await store.claim_events(owner="o", now=clock.at, lease=MINUTE, sharing=Shares({"app": 99}))
    assert [queued.event.id for queued in claimed.events] == [f"tick:2026-03-04T05:0{m}Z" for m in (7, 8, 9)] + [
        "tick:2026-03-04T05:10Z"
    ]
    assert all(queued.event.arguments == () for queued in claimed.events)


async def _until(store: Store, *, states: int = 0, events: int = 0) -> None:
    """Wait until there are so many states and events; the test's own time limit is the only clock."""
    async with asyncio.timeout(120):
        while (await store.waiting_events(), len(await store.trigger_states("app"))) < (events, states):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def test_missed_ticks_are_made_up_for() -> None:
    """After a time without a server every tick is owed, oldest first; none before the trigger was there."""
    assert ticks(watched(scheduled("*/2 * * * *")), START + 5 * MINUTE) == ["2026-03-04T05:08Z", "2026-03-04T05:10Z"]
    assert ticks(watched(scheduled("*/2 * * * *")), START) == []


def test_ticks_of_a_year_are_bounded() -> None:
    """A server that was off for a year runs the last ticks only."""
    found = ticks(watched(scheduled("* * * * *")), START + timedelta(days=365))
    assert len(found) == MOST_CAUGHT_UP
    assert found[-1] == "2027-03-04T05:06Z"


def test_missed_ticks_may_be_skipped() -> None:
    """With `skip_catchup_events` only a tick that is not late is owed."""
    assert ticks(watched(scheduled("* * * * *", skip=True)), START + 5 * MINUTE) == ["2026-03-04T05:11Z"]


def test_clock_set_back_repeats_no_tick() -> None:
    """Until the clock is where it was, nothing is owed; only a clock that was far ahead is not waited for."""
    one = watched(scheduled("* * * * *"))
    ahead = replace(one, state=replace(one.state, place=to_place(START + FAR)))
    astray = replace(one, state=replace(one.state, place=to_place(START + FAR + MINUTE)))

    assert catch_up(ahead, parse_cron("* * * * *"), START) is None
    move = catch_up(astray, parse_cron("* * * * *"), START)
    assert move is not None
    assert (move.place, move.events) == (to_place(START), ())


def test_standing_follows_deployments() -> None:
    """New: from now; unchanged: where it was; enabled again: where it was, or from now if it skips; gone: forgotten."""
    later = START + 9 * MINUTE

    def deploy(before: list[TriggerState], *triggers: Trigger, version: str = "2") -> list[TriggerState]:
        return after_deployment(before, "app", triggers, version=version, now=later)

    (new,) = after_deployment([], "app", [scheduled("* * * * *")], version="1", now=START)
    there = replace(new, place="7")
    (off,) = deploy([there], scheduled("* * * * *", disabled=True))

    assert (new.place, new.since, new.status) == (None, START, TriggerStatus.ACTIVE)
    assert deploy([there], scheduled("* * * * *")) == [replace(there, version="2")]
    assert (off.status, off.place) == (TriggerStatus.DISABLED, "7")
    assert deploy([off], scheduled("* * * * *")) == [replace(there, version="2")]
    assert deploy([off], scheduled("* * * * *", skip=True)) == [replace(new, since=later, version="2")]
    assert deploy([there]) == []


def test_suspended_trigger_waits_for_a_change_or_the_operator() -> None:
    """A restart leaves it suspended; another version of the app, or the operator, lets it go on."""
    (new,) = after_deployment([], "app", [scheduled("* * * * *")], version="1", now=START)
    still = suspended(replace(new, place="7"), "lost")
    later = START + 9 * MINUTE

    assert after_deployment([still], "app", [scheduled("* * * * *")], version="1", now=later) == [still]
    assert after_deployment([still], "app", [scheduled("* * * * *")], version="2", now=later) == [
        replace(new, since=later, version="2")
    ]
    assert resumed(still, now=later, skip=False) == replace(new, place="7")
    assert resumed(still, now=later, skip=True) == replace(new, since=later)
