"""The queue of trigger events: each run is owed until it is finished, and worked on by one owner at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

from server import ejson
from server.ejson import Document
from server.records import QueuedEvent, TriggerEvent
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

_INSERT_EVENT = """
    INSERT INTO events
        (id, app_id, trigger_name, function_name, argument, created_at, attempts, lease_owner, lease_until)
    VALUES (?, ?, ?, ?, ?, ?, 0, '', 0)
    ON CONFLICT DO NOTHING RETURNING id
"""
_CLAIM_EVENTS = """
    UPDATE events SET attempts = attempts + 1, lease_owner = ?1, lease_until = ?2
    WHERE id IN (
        SELECT id FROM events
        WHERE lease_until <= ?3 AND (?5 IS NULL OR app_id IN (SELECT value FROM json_each(?5)))
        ORDER BY created_at, id LIMIT ?4
    )
    RETURNING id, app_id, trigger_name, function_name, argument, created_at, attempts
"""
_RENEW_LEASE = """
    UPDATE events SET lease_until = ? WHERE lease_owner = ? AND id IN (SELECT value FROM json_each(?))
"""
_FINISH_EVENT = "DELETE FROM events WHERE id = ?"
_RELEASE_LEASES = "UPDATE events SET lease_owner = '', lease_until = 0 WHERE lease_until > 0 RETURNING id"
_COUNT_EVENTS = "SELECT count(*) FROM events"


class Events(StorePart):
    """What is owed to triggers."""

    async def add_events(self, events: Sequence[TriggerEvent]) -> int:
        """Queue events that no other write causes; how many were new: an id that is queued already stays as it is."""
        return await self._database.write(lambda transaction: insert_events(transaction, events))

    async def claim_events(
        self, *, owner: str, now: datetime, lease: timedelta, limit: int, app_ids: Sequence[str] | None = None
    ) -> list[QueuedEvent]:
        """Take the oldest events that nobody works on, for as long as the lease; `now` at its end is free again.

        Of all apps, or only of those whose ids are given.
        """
        apps = None if app_ids is None else json.dumps(list(app_ids))

        def work(transaction: Transaction) -> list[Row]:
            until = to_milliseconds(now + lease)
            return transaction.execute(_CLAIM_EVENTS, owner, until, to_milliseconds(now), limit, apps)

        events = [_queued_event(row) for row in await self._database.write(work)]
        return sorted(events, key=lambda queued: (queued.event.created_at, queued.event.id))

    async def renew_lease(self, event_ids: Sequence[str], *, owner: str, until: datetime) -> None:
        """Keep those of the events that the owner still has."""
        ids = json.dumps(list(event_ids))

        def work(transaction: Transaction) -> None:
            transaction.execute(_RENEW_LEASE, to_milliseconds(until), owner, ids)

        await self._database.write(work)

    async def finish_event(self, event_id: str) -> None:
        """The run happened: it is owed no more."""

        def work(transaction: Transaction) -> None:
            transaction.execute(_FINISH_EVENT, event_id)

        await self._database.write(work)

    async def release_all_leases(self) -> int:
        """Free what a process that is gone had claimed; for the start, by the only process on this data. How many."""

        def work(transaction: Transaction) -> int:
            return len(transaction.execute(_RELEASE_LEASES))

        return await self._database.write(work)

    async def waiting_events(self) -> int:
        """How many events are not finished, claimed or not."""
        ((count,),) = await self._database.read(_COUNT_EVENTS)
        return cast("int", count)


def insert_events(transaction: Transaction, events: Sequence[TriggerEvent]) -> int:
    """Queue events with their cause; how many were new."""
    added = 0
    for event in events:
        added += len(
            transaction.execute(
                _INSERT_EVENT,
                event.id,
                event.app_id,
                event.trigger_name,
                event.function_name,
                ejson.dumps(event.argument).decode(),
                to_milliseconds(event.created_at),
            )
        )
    return added


def _queued_event(row: Row) -> QueuedEvent:
    *texts, created_at, attempts = row
    id_, app_id, trigger_name, function_name, argument = cast("list[str]", texts)
    event = TriggerEvent(
        id=id_,
        app_id=app_id,
        trigger_name=trigger_name,
        function_name=function_name,
        argument=cast("Document", ejson.loads(argument)),
        created_at=from_milliseconds(cast("int", created_at)),
    )
    return QueuedEvent(event=event, attempts=cast("int", attempts))
