"""Starts and ends the feeders: one for each data source that a served app's triggers watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeAlias

from server.apps.model import DatabaseEvents
from server.context.deployment import Deployment
from server.store import Store
from server.triggers.board import Board, Standing, Watched
from server.triggers.change_sources import ChangeSource
from server.triggers.clock import Clock, SystemClock
from server.triggers.feeder import PAUSE, Feeder

OpenSource: TypeAlias = Callable[[Deployment, str], Awaitable[ChangeSource]]
"""The changes of a data source of an app, by its service name."""
Key: TypeAlias = tuple[str, str]

_log = logging.getLogger(__name__)


class Feeding:
    """Keeps a feeder running for each source while there are triggers that watch it."""

    def __init__(
        self,
        store: Store,
        standing: Standing,
        open_source: OpenSource,
        wake: Callable[[], None],
        *,
        clock: Clock | None = None,
    ) -> None:
        self._store = store
        self._standing = standing
        self._open_source = open_source
        self._wake = wake
        self._clock = clock or SystemClock()
        self._feeders: dict[Key, Feeder] = {}
        self._wanted: dict[Key, list[Watched]] = {}
        self._tasks: dict[Key, asyncio.Task[None]] = {}

    async def __aenter__(self) -> Self:
        self._standing.subscribe(self._follow)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _follow(self, board: Board) -> None:
        wanted: dict[Key, list[Watched]] = {}
        for app_id, some in board.items():
            for watched in some:
                if isinstance(watched.trigger.events, DatabaseEvents):
                    wanted.setdefault((app_id, watched.trigger.events.service_name), []).append(watched)
        self._wanted = wanted
        for key, each in wanted.items():
            if key in self._feeders:
                self._feeders[key].follow(each)
            elif key not in self._tasks:
                self._tasks[key] = asyncio.create_task(self._feed(key))
        for key in self._tasks.keys() - wanted.keys():
            self._tasks.pop(key).cancel()
            self._feeders.pop(key, None)

    async def _feed(self, key: Key) -> None:
        feeder = Feeder(key[0], await self._open(key), self._store, self._standing, self._wake, self._clock)
        feeder.follow(self._wanted[key])
        self._feeders[key] = feeder
        await feeder.run()

    async def _open(self, key: Key) -> ChangeSource:
        app_id, service = key
        while True:
            try:
                return await self._open_source(self._wanted[key][0].deployment, service)
            except Exception:  # noqa: BLE001 - a source that cannot be opened must not stop the others
                _log.exception("data source %s of app %s cannot be watched; trying again", service, app_id)
                await asyncio.sleep(PAUSE)
