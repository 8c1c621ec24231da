"""Which triggers are to be watched, and where each stands: brought up to date with deployments and with the store."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from server.apps.model import Trigger
from server.background import Background
from server.calls.registry import Registry
from server.context.deployment import Deployment
from server.events import TriggerState, TriggerStatus
from server.store import Store
from server.store.errors import StoreError
from server.triggers.standing import after_deployment

PAUSE: Final = 5.0
"""Seconds between two looks for what other processes, or the command line, changed."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Watched:
    """An active trigger of a served app."""

    deployment: Deployment
    trigger: Trigger
    state: TriggerState


Board: TypeAlias = Mapping[str, tuple[Watched, ...]]
"""The active triggers by app."""


class Standing(Background):
    """Keeps the board; its readers are told whenever it was read anew."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry
        self._readers: list[Callable[[Board], None]] = []
        self._stale = asyncio.Event()
        self._revision = -1
        self._asked = True
        self._deployed: dict[str, Deployment] = {}
        self._board: dict[str, tuple[Watched, ...]] = {}

    async def _begin(self) -> None:
        self._registry.subscribe(self.read_anew)

    def subscribe(self, reader: Callable[[Board], None]) -> None:
        """Have the reader told from now on."""
        self._readers.append(reader)

    def read_anew(self) -> None:
        """Something may have changed: look now."""
        self._asked = True
        self._stale.set()

    async def _work(self) -> None:
        while True:
            self._stale.clear()
            try:
                await self._look()
            except StoreError:
                _log.exception("the triggers could not be read")
            try:
                async with asyncio.timeout(PAUSE):
                    await self._stale.wait()
            except TimeoutError:
                continue

    async def _look(self) -> None:
        """Read the states where they changed; the revision is read first, so that no later change is missed."""
        asked, self._asked = self._asked, False
        revision = await self._store.triggers_revision()
        if revision == self._revision and not asked:
            return
        served = {app_id: self._registry.app(app_id) for app_id in self._registry.app_ids}
        states = await self._store.trigger_states_of(served)
        self._board = {app_id: await self._watched(deployment, states[app_id]) for app_id, deployment in served.items()}
        self._deployed, self._revision = served, revision
        for reader in self._readers:
            reader(self._board)

    async def _watched(self, deployment: Deployment, states: Sequence[TriggerState]) -> tuple[Watched, ...]:
        app = deployment.app

        def follow(before: Sequence[TriggerState]) -> list[TriggerState]:
            return after_deployment(before, app.app_id, app.triggers, version=app.version, now=deployment.deployed_at)

        if self._deployed.get(app.app_id) is not deployment and _by_name(follow(states)) != _by_name(states):
            states = await self._store.change_triggers(app.app_id, follow)
        triggers = {trigger.name: trigger for trigger in app.triggers}
        return tuple(
            Watched(deployment, triggers[state.name], state)
            for state in states
            if state.status is TriggerStatus.ACTIVE and state.name in triggers
        )


def _by_name(states: Sequence[TriggerState]) -> dict[str, TriggerState]:
    return {state.name: state for state in states}
