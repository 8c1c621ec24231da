"""One database trigger on its way through the changes of its data source; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from server.calls.trigger_events import trigger_event
from server.events import Move, TriggerEvent
from server.triggers.board import Watched
from server.triggers.change_sources import SourceChange
from server.triggers.matching import Matcher


@dataclass(slots=True)
class Follower:
    """`place` is how far it has read, `kept` how far the store knows; `end` says why it cannot go on."""

    watched: Watched
    matcher: Matcher
    place: str
    kept: str | None
    end: str | None = field(default=None)

    @property
    def name(self) -> str:
        """The trigger's name."""
        return self.watched.trigger.name

    @property
    def namespace(self) -> tuple[str, str]:
        """The database and collection that it watches; empty where it is all of them."""
        return self.matcher.events.database, self.matcher.events.collection

    def follow(self, changes: Sequence[SourceChange], now: datetime) -> tuple[TriggerEvent, ...]:
        """Read those of the changes that are new to it; what it is owed for them."""
        events: list[TriggerEvent] = []
        for change in changes:
            if change.place <= self.place:
                continue
            self.place = change.place
            argument = self.matcher.argument(change)
            if argument is not None:
                events.append(self._event(change, argument, now))
            self.end = self.matcher.ends_with(change)
            if self.end is not None:
                break
        return tuple(events)

    def pass_by(self, place: str) -> None:
        """Nothing up to the place is its business any more."""
        if self.end is None:
            self.place = max(self.place, place)

    def step(self, events: tuple[TriggerEvent, ...] = ()) -> Move:
        """The step from where the store knows it to where it is."""
        return Move(name=self.name, origin=self.kept, place=self.place, events=events)

    def _event(self, change: SourceChange, argument: dict[str, object], now: datetime) -> TriggerEvent:
        return trigger_event(
            self.watched.state.app_id,
            self.watched.trigger,
            (argument,),
            id=f"{self.name}:{change.place}",
            now=now,
            depth=change.depth,
        )
