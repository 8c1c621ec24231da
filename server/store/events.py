"""The queue of trigger events: each run is owed until it is finished, and worked on by one owner at a time.

The statements are PostgreSQL's as well, in serializable transactions, which SQLite's are by nature
(docs/decisions/015).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from server.events import EventKey, TriggerEvent
from server.store.event_rows import BEHIND, COLUMNS, to_row
from server.store.moments import to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Transaction

_INSERT_EVENT = f"""
    INSERT INTO events ({COLUMNS}, due_at, lease_owner)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,
        CASE WHEN EXISTS (SELECT 1 FROM events WHERE app_id = ?1 AND lane = ?7) THEN {BEHIND} ELSE ?10 END, '')
    ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608 - made of constants
_FINISH_EVENT = "DELETE FROM events WHERE app_id = ? AND id = ? AND lease_owner = ? RETURNING lane"
_ADVANCE_LANE = f"""
    UPDATE events SET due_at = ?3
    WHERE app_id = ?1 AND due_at = {BEHIND}
      AND id = (SELECT id FROM events WHERE app_id = ?1 AND lane = ?2 ORDER BY position, id LIMIT 1)
"""  # noqa: S608 - as above
_POSTPONE_EVENT = """
    UPDATE events SET due_at = ?4, failures = failures + ?5, last_error = ?6, lease_owner = ''
    WHERE app_id = ?1 AND id = ?2 AND lease_owner = ?3 RETURNING id
"""
_RENEW_LEASES = "UPDATE events SET due_at = ? WHERE lease_owner = ? AND lease_owner <> ''"
_RELEASE_LEASES = """
    UPDATE events SET due_at = ?2, lease_owner = '', attempts = attempts - ?3
    WHERE lease_owner = ?1 AND lease_owner <> '' RETURNING id
"""
_RELEASE_ALL = "UPDATE events SET due_at = ?, lease_owner = '' WHERE lease_owner <> '' RETURNING id"
_BRING_FORWARD = f"""
    UPDATE events SET due_at = CASE WHEN due_at - ?3 > ?2 THEN due_at - ?3 ELSE ?2 END
    WHERE app_id = ?1 AND due_at > ?2 AND due_at < {BEHIND} RETURNING id
"""  # noqa: S608 - as above
_COUNT_EVENTS = "SELECT count(*) FROM events"
_COUNT_UP_TO = "SELECT count(*) FROM (SELECT 1 FROM events WHERE app_id = ? LIMIT ?)"


class Events(StorePart):
    """What is owed to triggers."""

    async def add_events(self, events: Sequence[TriggerEvent]) -> int:
        """Queue events that no other write causes; how many were new: an id that is queued already stays as it is."""
        return await self._database.write(lambda transaction: insert_events(transaction, events))

    async def renew_leases(self, *, owner: str, until: datetime) -> None:
        """Keep what the owner has."""
        await self._database.write(
            lambda transaction: transaction.execute(_RENEW_LEASES, to_milliseconds(until), owner)
        )

    async def finish_events(self, ended: Sequence[EventKey], *, owner: str, now: datetime) -> int:
        """The runs happened: they are owed no more. How many; what another owner has by now is left to it."""
        return await self._database.write(lambda transaction: end_events(transaction, ended, owner=owner, now=now))

    async def postpone_event(
        self, app_id: str, event_id: str, *, owner: str, until: datetime, error: str, failed: bool
    ) -> bool:
        """Let the event wait for its next attempt; False, and nothing done, if another owner has it by now."""

        def work(transaction: Transaction) -> bool:
            due_at = to_milliseconds(until)
            return bool(transaction.execute(_POSTPONE_EVENT, app_id, event_id, owner, due_at, int(failed), error))

        return await self._database.write(work)

    async def release_leases(self, *, owner: str, now: datetime) -> int:
        """Give back what the owner had begun and did not end, as if it had not been begun; how many."""

        def work(transaction: Transaction) -> int:
            return len(transaction.execute(_RELEASE_LEASES, owner, to_milliseconds(now), 1))

        return await self._database.write(work)

    async def release_all_leases(self, *, now: datetime) -> int:
        """Free what a process that is gone had begun; for the start, by the only process on this data. How many."""

        def work(transaction: Transaction) -> int:
            return len(transaction.execute(_RELEASE_ALL, to_milliseconds(now)))

        return await self._database.write(work)

    async def bring_events_forward(self, app_ids: Sequence[str], *, now: datetime, by: timedelta) -> int:
        """The clock was set back: what waits for a time waits that much less; how many did."""
        step = to_milliseconds(now + by) - to_milliseconds(now)

        def work(transaction: Transaction) -> int:
            at = to_milliseconds(now)
            return sum(len(transaction.execute(_BRING_FORWARD, app_id, at, step)) for app_id in app_ids)

        return await self._database.write(work)

    async def waiting_events(self) -> int:
        """How many events are not finished, begun or not."""
        ((count,),) = await self._database.read(_COUNT_EVENTS)
        return cast("int", count)

    async def waiting_events_of(self, app_id: str, *, most: int) -> int:
        """How many events of an app are not finished, counted up to `most`."""
        ((count,),) = await self._database.read(_COUNT_UP_TO, app_id, most)
        return cast("int", count)


def insert_events(transaction: Transaction, events: Sequence[TriggerEvent]) -> int:
    """Queue events with their cause; how many were new."""
    return sum(len(transaction.execute(_INSERT_EVENT, *to_row(event))) for event in events)


def end_events(transaction: Transaction, ended: Sequence[EventKey], *, owner: str, now: datetime) -> int:
    """Take events out of the queue within a larger write; how many the owner still had."""
    return sum(end_event(transaction, *key, owner=owner, now=now) for key in ended)


def end_event(transaction: Transaction, app_id: str, event_id: str, *, owner: str, now: datetime) -> bool:
    """Take the event out of the queue within a larger write, and let the next of its lane come."""
    rows = transaction.execute(_FINISH_EVENT, app_id, event_id, owner)
    if rows and rows[0][0] is not None:
        transaction.execute(_ADVANCE_LANE, app_id, rows[0][0], to_milliseconds(now))
    return bool(rows)
