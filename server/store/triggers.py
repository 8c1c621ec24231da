"""Where triggers stand, in the database: a step and the events that it owes are one write."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias, cast

from server.events import EventKind, Move, TriggerState, TriggerStatus
from server.store.events import insert_events
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

_COLUMNS = "app_id, name, kind, status, reason, place, since, version"
_FIND_TRIGGERS = f"SELECT {_COLUMNS} FROM triggers WHERE app_id = ? ORDER BY name"  # noqa: S608 - made of constants
_FIND_TRIGGERS_OF = f"""
    SELECT {_COLUMNS} FROM triggers WHERE app_id IN (SELECT value FROM json_each(?)) ORDER BY app_id, name
"""  # noqa: S608 - as above
_FIND_REVISION = "SELECT max(revision) FROM triggers"
_PUT_TRIGGER = f"""
    INSERT INTO triggers ({_COLUMNS}, revision)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(revision), 0) + 1 FROM triggers))
    ON CONFLICT (app_id, name) DO UPDATE SET kind = excluded.kind, status = excluded.status, reason = excluded.reason,
        place = excluded.place, since = excluded.since, version = excluded.version, revision = excluded.revision
"""  # noqa: S608 - as above
_DELETE_TRIGGER = "DELETE FROM triggers WHERE app_id = ? AND name = ?"
_MOVE_TRIGGER = """
    UPDATE triggers SET place = ?4
    WHERE app_id = ?1 AND name = ?2 AND status = 'active' AND place IS NOT DISTINCT FROM ?3 RETURNING name
"""

Follow: TypeAlias = Callable[[Sequence[TriggerState]], Sequence[TriggerState]]
"""The states that triggers shall have, given those that they have; a state left out is forgotten."""


class Triggers(StorePart):
    """What is kept of triggers that watch for something by themselves."""

    async def trigger_states(self, app_id: str) -> list[TriggerState]:
        """The app's triggers by name."""
        return list(map(_state, await self._database.read(_FIND_TRIGGERS, app_id)))

    async def trigger_states_of(self, app_ids: Collection[str]) -> dict[str, list[TriggerState]]:
        """The triggers of these apps by app and name; an app without any has an empty list."""
        found: dict[str, list[TriggerState]] = {app_id: [] for app_id in app_ids}
        for row in await self._database.read(_FIND_TRIGGERS_OF, json.dumps(list(app_ids))):
            state = _state(row)
            found[state.app_id].append(state)
        return found

    async def triggers_revision(self) -> int:
        """A number that grows whenever a state changes other than by a step."""
        ((number,),) = await self._database.read(_FIND_REVISION)
        return cast("int", number or 0)

    async def change_triggers(self, app_id: str, follow: Follow) -> list[TriggerState]:
        """Bring the app's triggers to the states that follow from those they have; all of them after that."""

        def work(transaction: Transaction) -> list[TriggerState]:
            before = {state.name: state for state in map(_state, transaction.execute(_FIND_TRIGGERS, app_id))}
            after = {state.name: state for state in follow(list(before.values()))}
            for name in before.keys() - after.keys():
                transaction.execute(_DELETE_TRIGGER, app_id, name)
            for name, state in after.items():
                if before.get(name) != state:
                    transaction.execute(_PUT_TRIGGER, *_row(state))
            return list(after.values())

        return await self._database.write(work)

    async def move_triggers(self, app_id: str, moves: Sequence[Move]) -> set[str]:
        """Take each step whose trigger is active and still at the step's origin, with its events; which were taken."""

        def work(transaction: Transaction) -> set[str]:
            moved: set[str] = set()
            for move in moves:
                if transaction.execute(_MOVE_TRIGGER, app_id, move.name, move.origin, move.place):
                    insert_events(transaction, move.events)
                    moved.add(move.name)
            return moved

        return await self._database.write(work)


def _row(state: TriggerState) -> Row:
    return (
        state.app_id,
        state.name,
        state.kind.value,
        state.status.value,
        state.reason,
        state.place,
        to_milliseconds(state.since),
        state.version,
    )


def _state(row: Row) -> TriggerState:
    app_id, name, kind, status, reason, place, since, version = row
    return TriggerState(
        app_id=cast("str", app_id),
        name=cast("str", name),
        kind=EventKind(cast("str", kind)),
        status=TriggerStatus(cast("str", status)),
        reason=cast("str", reason),
        place=cast("str | None", place),
        since=from_milliseconds(cast("int", since)),
        version=cast("str", version),
    )
