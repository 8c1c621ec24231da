"""Events that were given up: kept to be looked at, replayed or discarded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast

from server.events import DeadEvent
from server.store.event_rows import BEHIND, COLUMNS, from_row
from server.store.events import end_event
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

KEPT: Final = 10_000
"""Dead events kept of an app, the newest."""
MAX_DEAD: Final = 100
"""Dead events of one page."""

_BURY_EVENT = f"""
    INSERT INTO dead_events ({COLUMNS}, died_at, reason)
    SELECT {COLUMNS}, ?4, ?5 FROM events WHERE app_id = ?1 AND id = ?2 AND lease_owner = ?3
    ON CONFLICT (app_id, id) DO UPDATE SET died_at = ?4, reason = ?5
"""  # noqa: S608 - made of constants
_FIND_DEAD = f"""
    SELECT {COLUMNS}, died_at, reason FROM dead_events
    WHERE app_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR trigger_name = ?2)
    ORDER BY died_at DESC, id DESC LIMIT ?3 OFFSET ?4
"""  # noqa: S608 - as above
_FIND_ONE_DEAD = f"SELECT {COLUMNS}, died_at, reason FROM dead_events WHERE app_id = ? AND id = ?"  # noqa: S608 - as above
_REPLAY_EVENT = f"""
    INSERT INTO events ({COLUMNS}, due_at, lease_owner)
    SELECT app_id, id, kind, trigger_name, function_name, arguments, lane, position, depth, created_at,
           attempts_allowed, first_delay, longest_delay, deadline, ?3 + deadline, 0, 0, last_error, cause,
           CASE WHEN EXISTS (SELECT 1 FROM events e WHERE e.app_id = d.app_id AND e.lane = d.lane)
               THEN {BEHIND} ELSE ?3 END, ''
    FROM dead_events d WHERE app_id = ?1 AND id = ?2
    ON CONFLICT DO NOTHING
"""  # noqa: S608 - as above
_DISCARD_EVENT = "DELETE FROM dead_events WHERE app_id = ? AND id = ? RETURNING id"
_DROP_OLDEST = """
    DELETE FROM dead_events WHERE app_id = ?1 AND died_at < (
        SELECT died_at FROM dead_events WHERE app_id = ?1 ORDER BY died_at DESC, id DESC LIMIT 1 OFFSET ?2
    )
    RETURNING id
"""


class DeadLetters(StorePart):
    """What is kept of events that were given up."""

    async def bury_event(self, app_id: str, event_id: str, *, owner: str, reason: str, now: datetime) -> bool:
        """Give the event up, and let the next of its lane come; False if another owner has it by now."""

        def work(transaction: Transaction) -> bool:
            transaction.execute(_BURY_EVENT, app_id, event_id, owner, to_milliseconds(now), reason)
            return end_event(transaction, app_id, event_id, owner=owner, now=now)

        return await self._database.write(work)

    async def dead_events(
        self, app_id: str, *, trigger_name: str | None = None, skip: int = 0, limit: int = MAX_DEAD
    ) -> list[DeadEvent]:
        """The app's dead events, of one trigger or all, the last to die first."""
        return list(map(_dead_event, await self._database.read(_FIND_DEAD, app_id, trigger_name, limit, skip)))

    async def find_dead_event(self, app_id: str, event_id: str) -> DeadEvent | None:
        """The dead event; None where there is none."""
        rows = await self._database.read(_FIND_ONE_DEAD, app_id, event_id)
        return _dead_event(rows[0]) if rows else None

    async def replay_events(self, app_id: str, event_ids: Sequence[str], *, now: datetime) -> int:
        """Queue dead events anew, with all their attempts before them; how many there were."""

        def work(transaction: Transaction) -> int:
            for event_id in event_ids:
                transaction.execute(_REPLAY_EVENT, app_id, event_id, to_milliseconds(now))
            return _discard(transaction, app_id, event_ids)

        return await self._database.write(work)

    async def discard_events(self, app_id: str, event_ids: Sequence[str]) -> int:
        """Forget dead events; how many there were."""
        return await self._database.write(lambda transaction: _discard(transaction, app_id, event_ids))

    async def trim_dead_events(self, app_id: str, *, kept: int = KEPT) -> int:
        """Forget all but the newest dead events of an app; how many."""

        def work(transaction: Transaction) -> int:
            return len(transaction.execute(_DROP_OLDEST, app_id, kept - 1))

        return await self._database.write(work)


def _discard(transaction: Transaction, app_id: str, event_ids: Sequence[str]) -> int:
    return sum(len(transaction.execute(_DISCARD_EVENT, app_id, event_id)) for event_id in event_ids)


def _dead_event(row: Row) -> DeadEvent:
    return DeadEvent(queued=from_row(row), died_at=from_milliseconds(cast("int", row[-2])), reason=cast("str", row[-1]))
