"""Rung when something was queued, so that nobody has to look all the time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from server.events import TriggerEvent
from server.login_records import Owed


@dataclass(slots=True)
class Bell:
    """Those who listen are told at once."""

    listeners: list[Callable[[], None]] = field(default_factory=list)

    def ring_for(self, owed: Iterable[Owed]) -> None:
        """Tell them if events are among what was just written: a login that owes none wakes nobody."""
        if any(isinstance(one, TriggerEvent) for one in owed):
            self.ring()

    def ring(self) -> None:
        """Tell them."""
        for listener in self.listeners:
            listener()
