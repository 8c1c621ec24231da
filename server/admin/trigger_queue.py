"""What administrators do with the events of triggers: run again, forget, let a suspended trigger go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from server.errors import AppError, ErrorCode
from server.events import DeadEvent, TriggerState, TriggerStatus
from server.store import Store
from server.triggers.standing import resumed


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerQueue:
    """The events of one app's triggers."""

    app_id: str
    store: Store

    async def dead_event(self, event_id: str) -> DeadEvent:
        """An event that was given up. Raises AppError NotFound."""
        dead = await self.store.find_dead_event(self.app_id, event_id)
        if dead is None:
            raise _gone(event_id)
        return dead

    async def replay(self, event_id: str) -> None:
        """Queue an event that was given up anew, with all its attempts. Raises AppError NotFound."""
        if not await self.store.replay_events(self.app_id, [event_id], now=datetime.now(UTC)):
            raise _gone(event_id)

    async def discard(self, event_id: str) -> None:
        """Forget an event that was given up. Raises AppError NotFound."""
        if not await self.store.discard_events(self.app_id, [event_id]):
            raise _gone(event_id)

    async def resume(self, name: str, *, skip: bool) -> bool:
        """Let a suspended trigger go on where it stopped, or with `skip` from now on; False if none is suspended."""
        found: list[str] = []

        def follow(states: Sequence[TriggerState]) -> list[TriggerState]:
            found[:] = [state.name for state in states if _is_meant(state, name)]
            now = datetime.now(UTC)
            return [resumed(one, now=now, skip=skip) if _is_meant(one, name) else one for one in states]

        await self.store.change_triggers(self.app_id, follow)
        return bool(found)


def _is_meant(state: TriggerState, name: str) -> bool:
    return state.name == name and state.status is TriggerStatus.SUSPENDED


def _gone(event_id: str) -> AppError:
    return AppError(ErrorCode.NOT_FOUND, f"no event '{event_id[:64]}' was given up")
