"""The queue of trigger events: each run is owed until it is finished, and worked on by one owner at a time.

The statements are PostgreSQL's as well; there the choice of a claim ends in FOR UPDATE SKIP LOCKED, and the
transactions are serializable, which SQLite's are by nature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias, cast

from server.events import QueuedEvent, TriggerEvent
from server.store.event_rows import COLUMNS, from_row, to_row
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Transaction

BEHIND: Final = 2**63 - 1
"""`due_at` of an event while others of its lane come first."""

_INSERT_EVENT = f"""
    INSERT INTO events ({COLUMNS}, due_at, lease_owner)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
        CASE WHEN EXISTS (SELECT 1 FROM events WHERE app_id = ?1 AND lane = ?7) THEN {BEHIND} ELSE ?10 END, '')
    ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608 - made of constants
_FIND_APPS = """
    WITH RECURSIVE apps (app_id) AS (
        SELECT min(app_id) FROM events
        UNION ALL
        SELECT (SELECT min(e.app_id) FROM events e WHERE e.app_id > apps.app_id) FROM apps WHERE app_id IS NOT NULL
    )
    SELECT app_id, (SELECT min(e.due_at) FROM events e WHERE e.app_id = apps.app_id) FROM apps
    WHERE app_id IS NOT NULL
"""
_CLAIM_EVENTS = f"""
    UPDATE events SET attempts = attempts + 1, lease_owner = ?1, due_at = ?2
    WHERE app_id = ?3 AND id IN (
        SELECT id FROM events WHERE app_id = ?3 AND due_at <= ?4 AND lease_owner <> ?1 ORDER BY due_at, id LIMIT ?5
    )
    RETURNING {COLUMNS}
"""  # noqa: S608 - as above
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
    UPDATE events SET due_at = max(?2, due_at - ?3) WHERE app_id = ?1 AND due_at > ?2 AND due_at < {BEHIND} RETURNING id
"""  # noqa: S608 - as above
_COUNT_EVENTS = "SELECT count(*) FROM events"
_COUNT_UP_TO = "SELECT count(*) FROM (SELECT 1 FROM events WHERE app_id = ? LIMIT ?)"

Share: TypeAlias = Callable[[Sequence[str]], Mapping[str, int]]
"""How many events each app may have begun, given the apps that have events due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Events begun, oldest first, and when the next ones are due as far as known; None: nothing waits for a time."""

    events: list[QueuedEvent]
    next_due: datetime | None


class Events(StorePart):
    """What is owed to triggers."""

    async def add_events(self, events: Sequence[TriggerEvent]) -> int:
        """Queue events that no other write causes; how many were new: an id that is queued already stays as it is."""
        return await self._database.write(lambda transaction: insert_events(transaction, events))

    async def claim_events(self, *, owner: str, now: datetime, lease: timedelta, share: Share) -> Claimed:
        """Begin events that are due, of each app as many as its share, for as long as the lease.

        The owner's own events are not given to it again while it has them, whatever the clock says.
        """
        started, until = to_milliseconds(now), to_milliseconds(now + lease)

        def work(transaction: Transaction) -> Claimed:
            due = cast("dict[str, int]", dict(cast("list[tuple[str, int]]", transaction.execute(_FIND_APPS))))
            rows = [
                row
                for app_id, most in share([app_id for app_id, at in due.items() if at <= started]).items()
                for row in transaction.execute(_CLAIM_EVENTS, owner, until, app_id, started, most)
            ]
            later = min((at for at in due.values() if started < at < BEHIND), default=None)
            return Claimed(
                events=sorted(map(from_row, rows), key=_age),
                next_due=None if later is None else from_milliseconds(later),
            )

        return await self._database.write(work)

    async def renew_leases(self, *, owner: str, until: datetime) -> None:
        """Keep what the owner has."""
        await self._database.write(
            lambda transaction: transaction.execute(_RENEW_LEASES, to_milliseconds(until), owner)
        )

    async def finish_event(self, app_id: str, event_id: str, *, owner: str, now: datetime) -> bool:
        """The run happened: it is owed no more. False, and nothing done, if another owner has the event by now."""

        def work(transaction: Transaction) -> bool:
            return end_event(transaction, app_id, event_id, owner=owner, now=now)

        return await self._database.write(work)

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


def end_event(transaction: Transaction, app_id: str, event_id: str, *, owner: str, now: datetime) -> bool:
    """Take the event out of the queue within a larger write, and let the next of its lane come."""
    rows = transaction.execute(_FINISH_EVENT, app_id, event_id, owner)
    if rows and rows[0][0] is not None:
        transaction.execute(_ADVANCE_LANE, app_id, rows[0][0], to_milliseconds(now))
    return bool(rows)


def _age(queued: QueuedEvent) -> tuple[datetime, int, str]:
    return queued.event.created_at, queued.event.position, queued.event.id
