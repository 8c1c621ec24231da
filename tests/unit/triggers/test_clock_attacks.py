"""Clocks that jump, on several machines that do not agree: every tick once, every event run, order kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from server.apps.cron import Cron, parse_cron
from server.apps.model import Schedule, Trigger
from server.context.deployment import Deployment
from server.events import TriggerState
from server.store import Store, open_store
from server.triggers.board import Watched
from server.triggers.scheduler import MOST_CAUGHT_UP, catch_up
from server.triggers.standing import after_deployment
from tests.claiming import Shares
from tests.unit.triggers.conftest import event

START: Final = datetime(2026, 3, 28, 22, 0, 30, tzinfo=UTC)
"""Before a night in which clocks in Europe are set."""
SCHEDULES: Final = ("*/20 * * * *", "0 */2 * * *", "30 1 * * SUN", "0 0 29 * *")
NODES: Final = 3
LEASE: Final = timedelta(seconds=30)
MINUTES = st.integers(-12 * 60, 12 * 60)
"""By which a node's clock is off when it looks."""


class Nodes:
    """Processes that remember where the trigger stood when they looked; the store decides whose step counts."""

    def __init__(self, schedule: str) -> None:
        cron = parse_cron(schedule)
        self.trigger = Trigger(name="t", function_name="f", events=Schedule(cron=cron, skip_catchup_events=False))
        (self.kept,) = after_deployment([], "app", [self.trigger], version="1", now=START)
        self.known = [self.kept] * NODES
        self.fired: list[str] = []

    @property
    def cron(self) -> Cron:
        """The trigger's."""
        return cast("Schedule", self.trigger.events).cron

    def look(self, node: int, now: datetime) -> None:
        """One process fires what it believes due, and learns where the trigger stands when it was overtaken."""
        state: TriggerState = self.known[node]
        move = catch_up(Watched(cast("Deployment", None), self.trigger, state), self.cron, now)
        if move is not None and move.origin == self.kept.place:
            self.kept = replace(self.kept, place=move.place)
            self.fired += [one.id.partition(":")[2] for one in move.events]
        self.known[node] = self.kept


@given(st.sampled_from(SCHEDULES), st.lists(st.tuples(st.integers(0, NODES - 1), MINUTES, st.booleans()), max_size=30))
@settings(deadline=None, max_examples=200)
def test_each_tick_is_fired_once(schedule: str, looks: list[tuple[int, int, bool]]) -> None:
    """However clocks are off and whoever looks, a tick is fired once, in order, and none between two is left out."""
    nodes, time = Nodes(schedule), START
    for node, off, passes in looks:
        time += timedelta(minutes=40) if passes else timedelta(0)
        nodes.look(node, time + timedelta(minutes=off))

    assert nodes.fired == sorted(set(nodes.fired))
    latest = datetime.fromtimestamp(int(nodes.kept.place) / 1000, UTC) if nodes.kept.place else START
    due = takewhile(lambda tick: tick > START, nodes.cron.until(latest))
    assert nodes.fired == [f"{tick:%Y-%m-%dT%H:%MZ}" for tick in reversed(list(due))][-MOST_CAUGHT_UP:]


def test_a_tick_between_summer_and_winter_is_fired_once() -> None:
    """The hour that is twice, and the one that is not, in the nights when clocks are set: schedules are in UTC."""
    for night in (datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)):
        nodes = Nodes("30 * * * *")
        nodes.kept = replace(nodes.kept, since=night)
        nodes.known = [nodes.kept] * NODES
        for minutes in range(0, 4 * 60, 7):
            nodes.look(minutes % NODES, night + timedelta(minutes=minutes))
        assert nodes.fired == [f"{night:%Y-%m-%d}T{hour:02}:30Z" for hour in range(4)]


JUMPS = st.lists(st.tuples(st.sampled_from(["one", "two"]), st.integers(-86_400, 86_400)), min_size=1, max_size=12)


async def work(store: Store, jumps: list[tuple[str, int]]) -> tuple[list[str], list[str]]:
    """Two owners whose clocks jump claim and finish lanes of events; what ended, and what the lane began, in order."""
    first = datetime.now(UTC)
    await store.add_events([event(f"lane{number}", lane="l") for number in range(4)])
    await store.add_events([event(f"free{number}") for number in range(4)])
    ended: list[str] = []
    begun: list[str] = []
    for owner, seconds in [*jumps, *[("last", 3 * 86_400)] * 9]:
        now = first + timedelta(seconds=seconds)
        claimed = await store.claim_events(owner=owner, now=now, lease=LEASE, sharing=Shares({"app": 2}))
        begun += [queued.event.id for queued in claimed.events if queued.event.lane]
        for id_ in [queued.event.id for queued in claimed.events]:
            ended += [id_] if await store.finish_events([("app", id_)], owner=owner, now=now) else []
    return ended, begun


@given(JUMPS)
@settings(deadline=None, max_examples=40)
def test_queue_loses_nothing_to_clocks(jumps: list[tuple[str, int]]) -> None:
    """Owners whose clocks are a day apart end every event once, a lane in its order, and leave nothing stuck."""

    async def attack() -> tuple[list[str], list[str], int]:
        with TemporaryDirectory() as directory:
            async with open_store(Path(directory) / "identity.sqlite") as store:
                ended, begun = await work(store, jumps)
                return ended, begun, await store.waiting_events()

    ended, begun, left = asyncio.run(attack())
    assert left == 0
    assert sorted(ended) == [f"{kind}{number}" for kind in ("free", "lane") for number in range(4)]
    assert begun == [f"lane{number}" for number in range(4)]
