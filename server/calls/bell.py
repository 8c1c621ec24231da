"""Rung when something was queued, so that nobody has to look all the time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bell:
    """Those who listen are told at once."""

    listeners: list[Callable[[], None]] = field(default_factory=list)

    def ring(self) -> None:
        """Tell them."""
        for listener in self.listeners:
            listener()
