"""Shares of a queue's events as a test wants them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from server.triggers.sharing import share_out


@dataclass(frozen=True, slots=True)
class Shares:
    """So many events of each app, of its triggers in turn."""

    of: Mapping[str, int] | Callable[[Sequence[str]], Mapping[str, int]]
    after: str = ""

    def of_apps(self, due: Sequence[str]) -> Mapping[str, int]:
        """As the test said."""
        return self.of(due) if callable(self.of) else self.of

    def of_triggers(self, app_id: str, due: Sequence[str], free: int) -> Mapping[str, int]:
        """One after the other, however many."""
        return share_out(due, {}, free=free, greed=lambda _: 1_000_000)

    def wanted(self, app_id: str, free: int) -> int:
        """No more than may begin one each."""
        return free

    def turn_after(self, app_id: str) -> str:
        """As the test said."""
        return self.after
