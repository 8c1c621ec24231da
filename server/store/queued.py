"""The queue as people look at it: what waits, what is under way, what is behind others."""

from __future__ import annotations

from typing import Final, cast

from server.events import WaitingEvent
from server.store.event_rows import BEHIND, COLUMNS, from_row
from server.store.moments import from_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row

MAX_WAITING: Final = 100
"""Events of one page."""
_FIND_WAITING = f"""
    SELECT {COLUMNS}, due_at, lease_owner FROM events WHERE app_id = ? ORDER BY due_at, id LIMIT ?
"""  # noqa: S608 - made of constants


class Queued(StorePart):
    """What is owed to triggers, to be looked at."""

    async def queued_events(self, app_id: str, *, limit: int = MAX_WAITING) -> list[WaitingEvent]:
        """The app's events that are not finished, those due first first."""
        return list(map(_waiting, await self._database.read(_FIND_WAITING, app_id, limit)))


def _waiting(row: Row) -> WaitingEvent:
    due_at = cast("int", row[-2])
    return WaitingEvent(
        queued=from_row(row),
        due_at=None if due_at == BEHIND else from_milliseconds(due_at),
        is_running=row[-1] != "",
    )
