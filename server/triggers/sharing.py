"""Who may begin how many runs: apps take turns, so do the triggers of an app, and none takes all places."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

GREED: Final = 3
"""An app, or a trigger within its app, may have that many runs for each place that is still free: one alone three
quarters of all places, several together less, so that something stays for whoever comes (Choudhury and Hahne, "Dynamic
Queue Length Thresholds", 1998)."""
GREED_AT_MAXIMUM: Final = 11
"""The same of a trigger with `maximum_throughput` (contract 8.2): eleven twelfths."""

Greeds: TypeAlias = Callable[[str], Mapping[str, int]]
"""The greed of those of an app's triggers that are not like others; 0: its events wait."""


def all_alike(app_id: str) -> Mapping[str, int]:
    """No trigger is different from others."""
    return {}


def share_out(
    names: Sequence[str],
    running: Mapping[str, int],
    *,
    free: int,
    greed: Callable[[str], int] = lambda _: GREED,
) -> dict[str, int]:
    """How many runs each may begin, of the `free` places: one at a time to the one that has the fewest.

    Nobody has more than its greed allows; of those that have as many, the earlier comes first.
    """
    turns = [(running.get(name, 0), place, name) for place, name in enumerate(names)]
    heapq.heapify(turns)
    shares: dict[str, int] = {}
    while free > 0 and turns:
        has, place, name = turns[0]
        if has >= greed(name) * free:
            heapq.heappop(turns)
            continue
        heapq.heapreplace(turns, (has + 1, place, name))
        shares[name] = shares.get(name, 0) + 1
        free -= 1
    return shares


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The places of one process at one moment: `running` are the runs by app and trigger, `last` whose turn was."""

    most: int
    served: Container[str]
    running: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    last: Mapping[str, str] = field(default_factory=dict)
    greeds: Greeds = all_alike

    @property
    def free(self) -> int:
        """Places without a run."""
        return self.most - sum(sum(of_app.values()) for of_app in self.running.values())

    def of_apps(self, due: Sequence[str]) -> dict[str, int]:
        """Of the apps that have events due; those of an app that is not deployed yet, or not now, stay owed."""
        running = {app_id: sum(of_app.values()) for app_id, of_app in self.running.items()}
        apps = [app_id for app_id in due if app_id in self.served]
        random.shuffle(apps)
        return share_out(apps, running, free=self.free)

    def of_triggers(self, app_id: str, due: Sequence[str], free: int) -> dict[str, int]:
        """Of the triggers of an app that has so many free places."""
        greeds = self.greeds(app_id)
        return share_out(due, self.running.get(app_id, {}), free=free, greed=lambda name: greeds.get(name, GREED))

    def wanted(self, app_id: str, free: int) -> int:
        """How many of an app's triggers need be known: so many get a place, whatever holds the others back."""
        return free + len(self.running.get(app_id, {})) + len(self.greeds(app_id))

    def turn_after(self, app_id: str) -> str:
        """The name of the trigger whose turn was last; those after it by name come first."""
        return self.last.get(app_id, "")
