"""Events that the triggers of an app are owed or gave up in a data directory, after the app too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

import orjson

from server import ejson
from server.admin.objects.kinds import KINDS
from server.admin.trigger_queue import TriggerQueue
from server.cli.served import app_id_of, check_app, identity_file, served_files
from server.cli.trigger_events import Row, Standing
from server.events import DeadEvent
from server.settings import Settings
from server.store import Store, open_store

T = TypeVar("T")
PAGE: Final = 500
"""Events replayed or discarded in one write."""
MOST_COUNTED: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class StoredEvents:
    """As `TriggerEvents`; each answer opens the store. Raises StoreError, AppError where the app is not known."""

    settings: Settings
    app: str
    """Its client app id, or its name."""

    def standing(self) -> Standing:
        """As the protocol's."""
        return self._do(self._standing)

    def triggers(self) -> Mapping[str, Row]:
        """As the protocol's."""
        return KINDS["triggers"].storage.read(self._do(served_files))

    def dead(self, trigger: str | None, skip: int) -> Sequence[Row]:
        """As the protocol's."""

        async def dead(store: Store, app_id: str) -> Sequence[DeadEvent]:
            return await store.dead_events(app_id, trigger_name=trigger, skip=skip)

        return list(map(_row, self._do(dead)))

    def event(self, event_id: str) -> Row | None:
        """As the protocol's."""
        dead = self._do(lambda store, app_id: store.find_dead_event(app_id, event_id))
        if dead is None:
            return None
        return _row(dead) | {"arguments": orjson.loads(ejson.dumps(list(dead.queued.event.arguments)))}

    def replay(self, event_ids: Sequence[str]) -> int:
        """As the protocol's."""
        now = datetime.now(UTC)
        return self._each(event_ids, lambda store, app_id, ids: store.replay_events(app_id, ids, now=now))

    def discard(self, event_ids: Sequence[str]) -> int:
        """As the protocol's."""
        return self._each(event_ids, lambda store, app_id, ids: store.discard_events(app_id, ids))

    def resume(self, trigger: str, *, from_now: bool) -> bool:
        """As the protocol's."""
        return self._do(lambda store, app_id: TriggerQueue(app_id=app_id, store=store).resume(trigger, skip=from_now))

    async def _standing(self, store: Store, app_id: str) -> Standing:
        states = await store.trigger_states(app_id)
        rows = [{"name": one.name, "type": one.kind, "status": one.status, "reason": one.reason} for one in states]
        return Standing(rows, await store.waiting_events_of(app_id, most=MOST_COUNTED))

    def _each(self, ids: Sequence[str], act: Callable[[Store, str, Sequence[str]], Awaitable[int]]) -> int:
        async def in_pages(store: Store, app_id: str) -> int:
            return sum([await act(store, app_id, ids[start : start + PAGE]) for start in range(0, len(ids), PAGE)])

        return self._do(in_pages)

    def _do(self, work: Callable[[Store, str], Awaitable[T]]) -> T:
        return asyncio.run(self._opened(work))

    async def _opened(self, work: Callable[[Store, str], Awaitable[T]]) -> T:
        async with open_store(identity_file(self.settings)) as store:
            app_id = await app_id_of(store, self.app)
            if not await _is_known(store, app_id):
                await check_app(store, app_id)
            return await work(store, app_id)


async def _is_known(store: Store, app_id: str) -> bool:
    """Whether anything is kept for the app: what it was owed outlives it."""
    return bool(await store.waiting_events_of(app_id, most=1) or await store.dead_events(app_id, limit=1))


def _row(dead: DeadEvent) -> dict[str, object]:
    event, queued = dead.queued.event, dead.queued
    return {
        "_id": event.id, "trigger_name": event.trigger_name, "type": event.kind, "function_name": event.function_name,
        "created": event.created_at.isoformat(), "died": dead.died_at.isoformat(), "attempts": queued.attempts,
        "failures": queued.failures, "error": dead.reason,
    }  # fmt: skip
