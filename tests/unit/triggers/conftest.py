"""A store, a clock that the test sets, and runs that do what the test says."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.events import EventKind, QueuedEvent, Retry, TriggerEvent
from server.store import Store, open_store
from server.triggers.runner import TriggerRunner
from server.triggers.sharing import GREED_AT_MAXIMUM

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
RETRY = Retry(attempts=3, first_delay=timedelta(milliseconds=1), longest_delay=timedelta(milliseconds=1))


@dataclass(slots=True)
class SetClock:
    """The machine's clock, off by as much as the test wants."""

    off: timedelta = timedelta(0)

    def now(self) -> datetime:
        """The time of day as somebody has set it."""
        return datetime.now(UTC) + self.off

    def elapsed(self) -> float:
        """Seconds that nobody sets."""
        return datetime.now(UTC).timestamp()


@dataclass(slots=True)
class Runs:
    """What was run, in order, and what each run does: nothing, unless told."""

    ids: list[str] = field(default_factory=list)
    acts: dict[str, Callable[[QueuedEvent], Awaitable[None]]] = field(default_factory=dict)
    seen: defaultdict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))

    async def run(self, queued: QueuedEvent) -> None:
        """Note the run, then act."""
        self.ids.append(queued.event.id)
        self.seen[queued.event.id].set()
        act = self.acts.get(queued.event.id)
        if act is not None:
            await act(queued)


def event(
    id_: str, *, app_id: str = "app", trigger: str = "t", lane: str | None = None, retry: Retry = RETRY
) -> TriggerEvent:
    """An event that is due."""
    return TriggerEvent(
        id=id_, app_id=app_id, kind=EventKind.DATABASE, trigger_name=trigger, function_name="f", arguments=(),
        created_at=datetime.now(UTC) - timedelta(seconds=1), lane=lane, retry=retry,
    )  # fmt: skip


async def until_empty(store: Store, app_id: str | None = None) -> None:
    """Wait until nothing is owed, to the app or at all; the test's own time limit is the only clock."""
    async with asyncio.timeout(120):
        while await (store.waiting_events_of(app_id, most=1) if app_id else store.waiting_events()):  # noqa: ASYNC110 - rows
            await asyncio.sleep(0.005)


def greeds(app_id: str) -> dict[str, int]:
    """The trigger `eager` asks for all that can be had; `disabled` is."""
    return {"eager": GREED_AT_MAXIMUM, "disabled": 0}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    async with open_store(tmp_path / "identity.sqlite") as store:
        yield store


@pytest.fixture
def runs() -> Runs:
    """Runs that succeed."""
    return Runs()


@pytest.fixture
def clock() -> SetClock:
    """The right time."""
    return SetClock()


@pytest.fixture
async def runner(store: Store, runs: Runs, clock: SetClock) -> AsyncIterator[TriggerRunner]:
    """A runner that serves the apps `app` and `other`."""
    handlers = dict.fromkeys(EventKind, runs.run)
    async with TriggerRunner(store, handlers, lambda: ("app", "other"), greeds=greeds, clock=clock) as runner:
        yield runner
