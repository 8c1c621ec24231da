"""Claims: an owner begins events that are due, shared out between apps and between the triggers of each.

The statements are PostgreSQL's as well (docs/decisions/015).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, cast

from server.events import EventKey, QueuedEvent
from server.store.event_rows import BEHIND, COLUMNS, from_row
from server.store.events import end_events
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

PIECE: Final = 12
"""Events that one statement begins: what they hold is not known before."""
MOST_READ: Final = 32_000_000
"""Characters of arguments after which a claim begins no more."""

# Both walk an index from one name to the next, whatever number of events lies between.
_FIND_APPS = """
    WITH RECURSIVE apps (app_id) AS (
        SELECT min(app_id) FROM events
        UNION ALL
        SELECT (SELECT min(e.app_id) FROM events e WHERE e.app_id > apps.app_id) FROM apps WHERE app_id IS NOT NULL
    )
    SELECT app_id, (SELECT min(e.due_at) FROM events e WHERE e.app_id = apps.app_id) FROM apps
    WHERE app_id IS NOT NULL
"""
_FIND_TRIGGERS = """
    WITH RECURSIVE names (name) AS (
        SELECT min(trigger_name) FROM events WHERE app_id = ?1 AND trigger_name > ?2
        UNION ALL
        SELECT (SELECT min(e.trigger_name) FROM events e WHERE e.app_id = ?1 AND e.trigger_name > names.name)
        FROM names WHERE name IS NOT NULL
    )
    SELECT name FROM names
    WHERE name IS NOT NULL
      AND (SELECT min(e.due_at) FROM events e WHERE e.app_id = ?1 AND e.trigger_name = names.name) <= ?3
    LIMIT ?4
"""
# `due_at` is asked for twice: where two owners choose the same events at once, the second finds them taken. The sign
# keeps it from being a way to find rows, which would walk the whole backlog.
_CLAIM_EVENTS = f"""
    UPDATE events SET attempts = attempts + 1, lease_owner = ?1, due_at = ?2
    WHERE +due_at <= ?5 AND (app_id, id) IN (
        SELECT app_id, id FROM events WHERE app_id = ?3 AND trigger_name = ?4 AND due_at <= ?5 AND lease_owner <> ?1
        ORDER BY due_at, id LIMIT ?6
    )
    RETURNING {COLUMNS}
"""  # noqa: S608 - made of constants


class Sharing(Protocol):
    """Says who may begin how many events; asked from another thread."""

    def of_apps(self, due: Sequence[str]) -> Mapping[str, int]:
        """How many each app may begin, given the apps that have events due."""

    def of_triggers(self, app_id: str, due: Sequence[str], free: int) -> Mapping[str, int]:
        """How many each trigger of the app may begin, of `free` in all, given those that have events due."""

    def wanted(self, app_id: str, free: int) -> int:
        """How many triggers that have events due are to be looked for."""

    def turn_after(self, app_id: str) -> str:
        """The name of the trigger after which to begin looking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """Events begun, oldest first, and when the next ones are due as far as known; None: nothing waits for a time.

    `last` are the apps' triggers whose turn was last.
    """

    events: list[QueuedEvent]
    next_due: datetime | None
    last: Mapping[str, str]


class Claims(StorePart):
    """Begins what is owed."""

    async def claim_events(
        self, *, owner: str, now: datetime, lease: timedelta, sharing: Sharing, ended: Sequence[EventKey] = ()
    ) -> Claimed:
        """Begin events that are due, of each trigger of each app as many as its share, for as long as the lease.

        The owner's own events are not given to it again while it has them, whatever the clock says; those `ended` are
        finished in the same write, before, so that the next of their lanes can be begun with it.
        """
        started, until = to_milliseconds(now), to_milliseconds(now + lease)

        def work(transaction: Transaction) -> Claimed:
            end_events(transaction, ended, owner=owner, now=now)
            due = cast("dict[str, int]", dict(cast("list[tuple[str, int]]", transaction.execute(_FIND_APPS))))
            rows: list[Row] = []
            last: dict[str, str] = {}
            for app_id, free in sharing.of_apps([app_id for app_id, at in due.items() if at <= started]).items():
                names = _find_triggers(transaction, sharing, app_id, free, started)
                shares = sharing.of_triggers(app_id, names, free)
                for name, most in shares.items():
                    if sum(map(_size, rows)) < MOST_READ:
                        rows += _claim(transaction, most, (owner, until, app_id, name, started))
                last.update((app_id, name) for name in names if name in shares)
            later = min((at for at in due.values() if started < at < BEHIND), default=None)
            next_due = None if later is None else from_milliseconds(later)
            return Claimed(events=sorted(map(from_row, rows), key=_age), next_due=next_due, last=last)

        return await self._database.write(work)


def _claim(transaction: Transaction, most: int, asked: Row) -> list[Row]:
    """Begin so many events of a trigger, a few at a time as long as they are not large."""
    rows: list[Row] = []
    while len(rows) < most and sum(map(_size, rows)) < MOST_READ:
        piece = min(PIECE, most - len(rows))
        found = transaction.execute(_CLAIM_EVENTS, *asked, piece)
        rows += found
        if len(found) < piece:
            break
    return rows


def _size(row: Row) -> int:
    return len(cast("str", row[5]))


def _find_triggers(transaction: Transaction, sharing: Sharing, app_id: str, free: int, started: int) -> list[str]:
    """Triggers of the app that have events due, by name, beginning behind the one whose turn was last."""
    after, wanted = sharing.turn_after(app_id), sharing.wanted(app_id, free)
    behind = [cast("str", name) for (name,) in transaction.execute(_FIND_TRIGGERS, app_id, after, started, wanted)]
    if not after or len(behind) == wanted:
        return behind
    return [*behind, *_up_to(after, transaction.execute(_FIND_TRIGGERS, app_id, "", started, wanted - len(behind)))]


def _up_to(name: str, rows: Sequence[Row]) -> Iterator[str]:
    return (found for (found,) in cast("Sequence[tuple[str]]", rows) if found <= name)


def _age(queued: QueuedEvent) -> tuple[datetime, int, str]:
    return queued.event.created_at, queued.event.position, queued.event.id
