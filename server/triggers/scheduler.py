"""Fires scheduled triggers (contract 8.3): each tick once, whichever process sees it first."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Final

from server.apps.cron import NEVER, Cron
from server.apps.model import Schedule
from server.background import Background
from server.calls.trigger_events import trigger_event
from server.events import Move, TriggerEvent, TriggerState
from server.store import Store
from server.store.errors import StoreError
from server.triggers.board import Board, Standing, Watched
from server.triggers.clock import Clock, SystemClock

MOST_CAUGHT_UP: Final = 1000
"""Ticks of a trigger that are made up for after the server was down; older ones are left out."""
FAR: Final = timedelta(hours=25)
"""A trigger that has got further ahead of the clock was led astray by it; one less far ahead waits for the clock."""
LATE: Final = timedelta(minutes=1)
"""A tick that is fired later than this was missed; `skip_catchup_events` leaves it out."""
TOGETHER: Final = 200
"""Triggers of one app whose ticks are written together."""
LONGEST_SLEEP: Final = 5.0
"""Seconds after which the clock is looked at again, as somebody may have set it."""

_log = logging.getLogger(__name__)


class Scheduler(Background):
    """Owes an event for each tick; `wake` is told when there are new ones."""

    def __init__(
        self, store: Store, standing: Standing, wake: Callable[[], None], *, clock: Clock | None = None
    ) -> None:
        self._store = store
        self._standing = standing
        self._wake = wake
        self._clock = clock or SystemClock()
        self._due: dict[tuple[str, str], _Due] = {}
        self._changed = asyncio.Event()

    async def _begin(self) -> None:
        self._standing.subscribe(self._follow)

    def _follow(self, board: Board) -> None:
        self._due = {
            (watched.state.app_id, watched.state.name): _Due(watched, cron, cron.after(begin(watched.state)))
            for some in board.values()
            for watched in some
            if (cron := _cron(watched)) is not None
        }
        self._changed.set()

    async def _work(self) -> None:
        while True:
            self._changed.clear()
            try:
                await self._fire()
            except StoreError:
                _log.exception("scheduled triggers could not be fired")
            try:
                async with asyncio.timeout(self._until_next()):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _until_next(self) -> float:
        first = min((due.at for due in self._due.values()), default=NEVER)
        return min(max((first - self._clock.now()).total_seconds(), 0.001), LONGEST_SLEEP)

    async def _fire(self) -> None:
        now = self._clock.now()
        by_app: dict[str, list[tuple[_Due, Move]]] = {}
        for (app_id, _), due in self._due.items():
            if (move := catch_up(due.watched, due.cron, now)) is not None:
                by_app.setdefault(app_id, []).append((due, move))
        for app_id, steps in by_app.items():
            for start in range(0, len(steps), TOGETHER):
                await self._move(app_id, steps[start : start + TOGETHER])

    async def _move(self, app_id: str, steps: list[tuple[_Due, Move]]) -> None:
        moved = await self._store.move_triggers(app_id, [move for _, move in steps])
        for due, move in steps:
            key = (app_id, move.name)
            if move.name not in moved:
                self._due.pop(key, None)
            elif self._due.get(key) is due:
                state = replace(due.watched.state, place=move.place)
                self._due[key] = _Due(replace(due.watched, state=state), due.cron, due.cron.after(begin(state)))
        if len(moved) < len(steps):
            self._standing.read_anew()
        if any(move.events for _, move in steps):
            self._wake()


@dataclass(frozen=True, slots=True)
class _Due:
    """A scheduled trigger and its next tick."""

    watched: Watched
    cron: Cron
    at: datetime


def catch_up(watched: Watched, cron: Cron, now: datetime) -> Move | None:
    """The step to the last tick that is not later than `now`, with an event for each; None where there is none."""
    state = watched.state
    start = begin(state)
    if start - now > FAR:
        return Move(name=state.name, origin=state.place, place=to_place(now))
    ticks = list(islice(takewhile(lambda tick: tick > start, cron.until(now)), MOST_CAUGHT_UP))
    if not ticks:
        return None
    if len(ticks) == MOST_CAUGHT_UP:
        _log.warning("trigger %s of app %s makes up for the last %d ticks only", state.name, state.app_id, len(ticks))
    if isinstance(watched.trigger.events, Schedule) and watched.trigger.events.skip_catchup_events:
        ticks = [tick for tick in ticks if now - tick < LATE]
    events = tuple(_event(watched, tick, now) for tick in reversed(ticks))
    return Move(name=state.name, origin=state.place, place=to_place(now), events=events)


def _event(watched: Watched, tick: datetime, now: datetime) -> TriggerEvent:
    name, position = watched.trigger.name, int(tick.timestamp())
    id_ = f"{name}:{tick:%Y-%m-%dT%H:%MZ}"
    return trigger_event(watched.state.app_id, watched.trigger, (), id=id_, now=now, position=position)


def begin(state: TriggerState) -> datetime:
    """The moment up to which the trigger's ticks have been fired."""
    return state.since if state.place is None else datetime.fromtimestamp(int(state.place) / 1000, UTC)


def to_place(moment: datetime) -> str:
    """The moment as a place; of places of one length the later is the greater text."""
    return f"{int(moment.timestamp() * 1000):015d}"


def _cron(watched: Watched) -> Cron | None:
    events = watched.trigger.events
    return events.cron if isinstance(events, Schedule) else None
