"""Takes events out of the queue and runs them: claimed with a lease, finished, postponed or given up when they end."""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Final, Self

from server.events import EventKey, EventKind, QueuedEvent
from server.store import Store
from server.store.claims import Claimed
from server.store.errors import StoreError
from server.triggers.attempts import Attempts, Handle
from server.triggers.clock import Clock, ClockWatch, SystemClock
from server.triggers.pace import GATHERING, Pace
from server.triggers.sharing import Greeds, Places, all_alike

MOST_HELD: Final = 64_000_000
"""Characters of arguments of running events beyond which no more are begun."""
LEASE: Final = timedelta(seconds=30)
"""How long a claimed event is held without a sign of life; then another process may claim it."""
RETRY: Final = timedelta(seconds=1)
"""Until a write that failed is tried again."""
RENEWAL: Final = 10.0
"""Seconds between two renewals of the leases held."""
LONGEST_SLEEP: Final = 5.0
"""Seconds after which an idle runner looks all the same: for what other processes queued, and at the clock."""
CONCURRENCY: Final = 64
"""Places: events run at once by one process (how they are shared: `server.triggers.sharing`)."""
GRACE: Final = 5.0
"""Seconds that runs may take to end when the server stops; others are given back to the queue."""

_NOTHING: Final = Claimed(events=[], next_due=None, last={})
_log = logging.getLogger(__name__)


class TriggerRunner:
    """Runs what is owed; a context manager that ends what it has begun, or gives it back."""

    def __init__(
        self,
        store: Store,
        handlers: Mapping[EventKind, Handle],
        app_ids: Callable[[], Sequence[str]],
        *,
        greeds: Greeds = all_alike,
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._app_ids = app_ids
        self._greeds = greeds
        self._clock = clock or SystemClock()
        self._watch = ClockWatch(self._clock)
        self._owner = secrets.token_hex(8)
        self._attempts = Attempts(store, handlers, self._owner, self._clock)
        self._pace = Pace()
        self._running: dict[EventKey, asyncio.Task[None]] = {}
        self._ended: list[EventKey] = []
        self._of_app: dict[str, Counter[str]] = {}
        self._last: dict[str, str] = {}
        self._held = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._take_events()), asyncio.create_task(self._keep_up())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._running:
            _, late = await asyncio.wait(self._running.values(), timeout=GRACE)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        now = self._clock.now()
        await self._store.finish_events(self._ended, owner=self._owner, now=now)
        await self._store.release_leases(owner=self._owner, now=now)

    def wake(self) -> None:
        """There may be new events: look now."""
        self._pace.wake()

    async def _take_events(self) -> None:
        while True:
            self._pace.begin()
            claimed = await self._claim()
            self._last |= claimed.last
            for queued in claimed.events:
                self._begin(queued)
            await self._pace.wait(GATHERING if claimed.events else self._seconds_until(claimed.next_due))

    async def _claim(self) -> Claimed:
        """Begin what there are places for, in the write that finishes what has ended."""
        ended = tuple(self._ended)
        try:
            await self._notice_clock()
            if len(self._running) < CONCURRENCY and self._held <= MOST_HELD:
                claimed = await self._store.claim_events(
                    owner=self._owner, now=self._clock.now(), lease=LEASE, sharing=self._places(), ended=ended
                )
            else:
                claimed = _NOTHING
                if ended:
                    await self._store.finish_events(ended, owner=self._owner, now=self._clock.now())
        except StoreError:
            _log.exception("trigger events could not be claimed, nor those that ended be finished")
            return Claimed(events=[], next_due=self._clock.now() + RETRY, last={})
        del self._ended[: len(ended)]
        return claimed

    def _places(self) -> Places:
        """As they are now, for another thread to look at."""
        return Places(
            most=CONCURRENCY,
            served=frozenset(self._app_ids()),
            running={app_id: dict(of_app) for app_id, of_app in self._of_app.items()},
            last=dict(self._last),
            greeds=self._greeds,
        )

    async def _notice_clock(self) -> None:
        by = self._watch.set_back()
        if by is not None:
            _log.warning("the clock was set back by %.0f seconds", by.total_seconds())
            await self._store.bring_events_forward(self._app_ids(), now=self._clock.now(), by=by)

    def _seconds_until(self, next_due: datetime | None) -> float:
        if next_due is None:
            return LONGEST_SLEEP
        return min(max((next_due - self._clock.now()).total_seconds(), 0.001), LONGEST_SLEEP)

    def _begin(self, queued: QueuedEvent) -> None:
        event = queued.event
        self._of_app.setdefault(event.app_id, Counter())[event.trigger_name] += 1
        task = self._running[event.app_id, event.id] = asyncio.create_task(self._run(queued))
        self._held += queued.size
        task.add_done_callback(functools.partial(self._done, queued))

    def _done(self, queued: QueuedEvent, _: asyncio.Task[None]) -> None:
        event = queued.event
        self._held -= queued.size
        del self._running[event.app_id, event.id]
        of_app = self._of_app[event.app_id]
        of_app[event.trigger_name] -= 1
        if not of_app[event.trigger_name]:
            del of_app[event.trigger_name]
        if not of_app:
            del self._of_app[event.app_id]
        self._pace.free(at_once=not self._running or event.lane is not None)

    async def _run(self, queued: QueuedEvent) -> None:
        """One attempt. That it ended well is written with the next claim, any other end at once.

        However long that takes: until then nothing is begun in its place.
        """
        end = await self._attempts.run(queued)
        if end is None:
            self._ended.append((queued.event.app_id, queued.event.id))
            return
        while True:
            try:
                await end()
            except StoreError:
                _log.exception("the end of event %s could not be kept; trying again", queued.event.id)
                await asyncio.sleep(RETRY.total_seconds())
            else:
                return

    async def _keep_up(self) -> None:
        """Renew the leases held, and keep the dead letters bounded."""
        while True:
            await asyncio.sleep(RENEWAL)
            try:
                if self._running or self._ended:
                    await self._store.renew_leases(owner=self._owner, until=self._clock.now() + LEASE)
                while self._attempts.buried:
                    await self._store.trim_dead_events(self._attempts.buried.pop())
            except StoreError:
                _log.exception("leases of trigger events could not be renewed")
