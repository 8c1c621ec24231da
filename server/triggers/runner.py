"""Runs the queued events: claimed with a lease, run as the system user, finished when the function has ended."""

from __future__ import annotations

import asyncio
import functools
import logging
import secrets
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from server.calls.calling import Calls, encode_arguments
from server.calls.registry import Registry
from server.errors import AppError
from server.records import QueuedEvent
from server.store.errors import StoreError

LEASE = timedelta(seconds=30)
"""How long a claimed event is held without a sign of life; then another process may claim it."""
RENEWAL = 10.0
"""Seconds between two renewals of the leases held."""
POLL = 1.0
"""Seconds after which an idle runner looks for events of other processes."""
CONCURRENCY = 16
"""Events run at once by one process."""

_log = logging.getLogger(__name__)


class TriggerRunner:
    """Takes events out of the queue and runs their functions; a context manager that finishes what it has begun."""

    def __init__(self, calls: Calls, registry: Registry) -> None:
        self._calls = calls
        self._registry = registry
        self._owner = secrets.token_hex(8)
        self._woken = asyncio.Event()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._take_events()), asyncio.create_task(self._renew_leases())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._running.values(), return_exceptions=True)

    def wake(self) -> None:
        """There may be new events: look now."""
        self._woken.set()

    async def _take_events(self) -> None:
        while True:
            self._woken.clear()
            room = CONCURRENCY - len(self._running)
            claimed = await self._claim(room) if room > 0 else []
            for event in claimed:
                task = asyncio.create_task(self._run(event))
                self._running[event.event.id] = task
                task.add_done_callback(functools.partial(self._done, event.event.id))
            if not claimed or room == len(claimed):
                await self._wait()

    async def _claim(self, room: int) -> list[QueuedEvent]:
        """Events of served apps only: those of an app that is not deployed yet, or not now, stay owed."""
        try:
            return await self._calls.store.claim_events(
                owner=self._owner, now=datetime.now(UTC), lease=LEASE, limit=room, app_ids=self._registry.app_ids
            )
        except StoreError:
            _log.exception("trigger events could not be claimed")
            return []

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(POLL):
                await self._woken.wait()
        except TimeoutError:
            return

    def _done(self, event_id: str, _: asyncio.Task[None]) -> None:
        del self._running[event_id]
        self._woken.set()

    async def _run(self, queued: QueuedEvent) -> None:
        """Run the function; a throw is logged and not repeated (contract 8), a crash of the server repeats it."""
        event = queued.event
        deployment = self._registry.find(event.app_id)
        try:
            if deployment is None:
                _log.warning("event of trigger %s dropped: app %s is not served", event.trigger_name, event.app_id)
            else:
                reason = f"trigger '{event.trigger_name}'"
                arguments = encode_arguments(event.argument)
                await self._calls.call_as_system(deployment, event.function_name, arguments, reason=reason)
        except AppError as error:
            _log.warning("trigger %s of app %s failed: %s", event.trigger_name, event.app_id, error.message[:500])
        await self._calls.store.finish_event(event.id)

    async def _renew_leases(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL)
            if self._running:
                until = datetime.now(UTC) + LEASE
                try:
                    await self._calls.store.renew_lease(list(self._running), owner=self._owner, until=until)
                except StoreError:
                    _log.exception("leases of trigger events could not be renewed")
