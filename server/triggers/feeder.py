"""Feeds the queue with the changes of a data source (contract 8.2): what a trigger is owed, how far it has read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Final

from server.apps.model import DatabaseEvents
from server.documents.errors import DocumentError
from server.events import Move, TriggerState, TriggerStatus
from server.store import Store
from server.store.errors import StoreError
from server.triggers.board import Standing, Watched
from server.triggers.change_sources import ChangeSource, PlaceLost, SourceChange
from server.triggers.clock import Clock
from server.triggers.follower import Follower
from server.triggers.matching import compile_matcher
from server.triggers.standing import suspended

BATCH: Final = 500
"""Changes read at once."""
MOST_AHEAD: Final = 100_000
"""Events that may wait for an app before its changes are left where they are."""
PAUSE: Final = 1.0
"""Seconds until a full queue, or a source that failed, is looked at again."""
KEEPING: Final = 10.0
"""Seconds after which it is kept how far triggers have read that were owed nothing; a kill has it read again."""
LONGEST_SLEEP: Final = 5.0
"""Seconds after which an idle source is looked at all the same: another process may have written."""
LOST: Final = "ChangeStreamHistoryLost: the changes that follow its place are not kept any more"

_log = logging.getLogger(__name__)


class Feeder:
    """Reads on for the triggers of one data source; `wake` is told when there are new events.

    Any number of processes may feed from one source: a step is kept only if the trigger is still where it began.
    """

    def __init__(
        self,
        app_id: str,
        source: ChangeSource,
        store: Store,
        standing: Standing,
        wake: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._app_id = app_id
        self._source = source
        self._store = store
        self._standing = standing
        self._wake = wake
        self._clock = clock
        self._watched: Sequence[Watched] | None = None
        self._followers: list[Follower] = []
        self._changed = asyncio.Event()
        self._kept_at = clock.elapsed()

    def follow(self, watched: Sequence[Watched]) -> None:
        """Feed these triggers from now on."""
        self._watched = watched
        self._changed.set()

    async def run(self) -> None:
        """Feed until cancelled."""
        self._source.watch(self._changed.set)
        try:
            while True:
                self._changed.clear()
                await self._feed_until_idle()
                try:
                    async with asyncio.timeout(LONGEST_SLEEP):
                        await self._changed.wait()
                except TimeoutError:
                    continue
        finally:
            self._source.unwatch(self._changed.set)

    async def _feed_until_idle(self) -> None:
        try:
            if self._watched is not None:
                watched, self._watched = self._watched, None
                self._followers = [one for each in watched if (one := await self._follower(each)) is not None]
                await self._keep_places(new=True)
            while self._followers and await self._feed():
                await self._wait_for_room()
                if self._watched is not None:
                    return
            await self._keep_places()
        except (StoreError, DocumentError, OSError):
            _log.exception("changes of app %s could not be read", self._app_id)
            await asyncio.sleep(PAUSE)

    async def _wait_for_room(self) -> None:
        while await self._store.waiting_events_of(self._app_id, most=MOST_AHEAD) >= MOST_AHEAD:  # noqa: ASYNC110 - rows
            await asyncio.sleep(PAUSE)

    async def _feed(self) -> bool:
        """Take the next changes; False where there is none yet."""
        start = min(follower.place for follower in self._followers)
        try:
            changes = await self._source.read(start, BATCH)
        except PlaceLost:
            await self._lose(start)
            return True
        if not changes:
            return False
        moves = self._moves(changes)
        if moves:
            await self._move(moves)
        return True

    def _moves(self, changes: Sequence[SourceChange]) -> list[Move]:
        """The steps of those that are owed something; the others have read as far all the same."""
        now = self._clock.now()
        by_place: dict[tuple[str, str], list[Follower]] = {}
        for follower in self._followers:
            by_place.setdefault(follower.namespace, []).append(follower)
        meant: dict[str, tuple[Follower, list[SourceChange]]] = {}
        for change in changes:
            for namespace in ((change.database, change.collection), (change.database, ""), ("", "")):
                for follower in by_place.get(namespace, ()):
                    meant.setdefault(follower.name, (follower, []))[1].append(change)
        moves = [one.follow(some, now) for one, some in meant.values()]
        for follower in self._followers:
            follower.pass_by(changes[-1].place)
        return [one.step(events) for (one, _), events in zip(meant.values(), moves, strict=True) if events or one.end]

    async def _move(self, moves: Sequence[Move]) -> None:
        moved = await self._store.move_triggers(self._app_id, moves)
        self._wake()
        overtaken = {move.name for move in moves} - moved
        for follower in self._followers:
            if follower.name in moved:
                follower.kept = follower.place
        for follower in [one for one in self._followers if one.end is not None and one.name in moved]:
            await self._suspend(follower.name, follower.end or "")
            self._followers.remove(follower)
        if overtaken:
            await self._catch_up(overtaken)

    async def _catch_up(self, names: set[str]) -> None:
        """Another process moved these triggers, or they are active no more: go on from where they stand now."""
        states = {state.name: state for state in await self._store.trigger_states(self._app_id)}
        for follower in [one for one in self._followers if one.name in names]:
            state = states.get(follower.name)
            if state is not None and state.status is TriggerStatus.ACTIVE and state.place is not None:
                follower.place, follower.kept, follower.end = state.place, state.place, None
            else:
                self._followers.remove(follower)
                self._standing.read_anew()

    async def _keep_places(self, *, new: bool = False) -> None:
        """Where a trigger was owed nothing for long, keep how far it has read all the same; of new ones at once."""
        if not new and self._clock.elapsed() - self._kept_at < KEEPING:
            return
        self._kept_at = self._clock.elapsed()
        behind = [one.step() for one in self._followers if one.kept != one.place and (one.kept is None or not new)]
        if behind:
            await self._move(behind)

    async def _lose(self, place: str) -> None:
        """The changes after the place are gone: go on from now where the trigger tolerates that, else stand still."""
        for follower in [one for one in self._followers if one.place <= place]:
            events = follower.watched.trigger.events
            if isinstance(events, DatabaseEvents) and events.tolerate_resume_errors:
                _log.warning("trigger %s of app %s: %s; it goes on from now", follower.name, self._app_id, LOST)
                follower.place = await self._source.place_at(self._clock.now())
            else:
                await self._suspend(follower.name, LOST)
                self._followers.remove(follower)

    async def _suspend(self, name: str, reason: str) -> None:
        _log.error("trigger %s of app %s is suspended: %s", name, self._app_id, reason)

        def follow(states: Sequence[TriggerState]) -> list[TriggerState]:
            return [suspended(state, reason) if state.name == name else state for state in states]

        await self._store.change_triggers(self._app_id, follow)

    async def _follower(self, watched: Watched) -> Follower | None:
        events, state = watched.trigger.events, watched.state
        if not isinstance(events, DatabaseEvents):
            return None
        try:
            matcher = compile_matcher(events)
        except DocumentError as error:
            await self._suspend(state.name, f"match or project: {error}")
            return None
        place = state.place if state.place is not None else await self._source.place_at(state.since)
        return Follower(watched, matcher, place, state.place)
