"""Serves what the store says: what this process deployed, what others did, and what was there at its start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from server.calls.registry import Registry
from server.context.deployment import Deployment
from server.store import StoreError
from server.version_records import AppStanding, Origin, StoredApp
from server.versions.compiling import VersionCompiler

PAUSE = 0.25
"""Seconds between two looks at what other processes deployed."""
TOGETHER = 32
"""Apps that are looked at, read and compiled together."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class Follower(VersionCompiler):
    """Keeps the registry of this process at what is served; of apps of folders, those of the folders it was given."""

    registry: Registry
    _served: dict[str, tuple[str | None, int]] = field(default_factory=dict)
    _folders: set[str] = field(default_factory=set)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def catch_up(self) -> None:
        """Serve every app as the store says: what other processes deployed, withdrew, or gave other secrets."""
        stored = {app.app_id: app for app in await self.store.stored_apps()}
        for app_id in self._served.keys() - stored.keys():
            del self._served[app_id]
            self.registry.remove(app_id)
        for app_ids in together([app.app_id for app in stored.values() if not self._is_known(app)]):
            await self._look_again(app_ids)

    async def serve_all(self) -> None:
        """Serve every app that is kept, also those of folders that were not given here."""
        self._folders.update(app.app_id for app in await self.store.stored_apps())
        await self.catch_up()

    async def follow(self) -> None:
        """Catch up until cancelled."""
        while True:
            await asyncio.sleep(PAUSE)
            try:
                await self.catch_up()
            except StoreError:
                _log.exception("what other processes deployed is not known; what is served goes on")

    async def _look_again(self, app_ids: Collection[str]) -> None:
        """Serve what the store says by now; what a folder brought is served only where that folder is given."""
        async with self._locked(app_ids):
            await self.serve_stored((await self.store.standings(app_ids)).values())

    async def serve_stored(self, standings: Iterable[AppStanding]) -> None:
        """Serve the deployments that are the apps' own by now, under the apps' locks.

        Where one cannot be served, what was served before goes on.
        """
        wanted = [
            (standing.app, standing.served)
            for standing in standings
            if standing.served is not None and not self._is_known(standing.app)
            and (standing.served.origin is not Origin.FOLDER or standing.app.app_id in self._folders)
        ]  # fmt: skip
        compiled = await self.compile_served([record for _, record in wanted])
        for (app, record), one in zip(wanted, compiled, strict=True):
            if isinstance(one, Deployment):
                self.put(app, one)
            else:
                _log.error("deployment %d of %s cannot be served: %s", record.number, app.app_id, one)
                self._served[app.app_id] = (app.deployment_id, app.revision)

    def put(self, app: StoredApp, deployment: Deployment) -> None:
        """Serve what the app's deployment was compiled to."""
        self.registry.put(deployment)
        self._served[app.app_id] = (app.deployment_id, app.revision)

    def _is_known(self, app: StoredApp) -> bool:
        return self._served.get(app.app_id) == (app.deployment_id, app.revision)

    @asynccontextmanager
    async def _locked(self, app_ids: Collection[str]) -> AsyncIterator[None]:
        """Deploying and following take turns: an older version must not come back for a moment."""
        async with AsyncExitStack() as held:
            for app_id in sorted(app_ids):
                await held.enter_async_context(self._locks.setdefault(app_id, asyncio.Lock()))
            yield


def together(all: Sequence[T]) -> Iterator[Sequence[T]]:
    """Apps, or what there is of each, in parts that are looked at together."""
    return (all[start : start + TOGETHER] for start in range(0, len(all), TOGETHER))
