"""Where the recordings of runs go."""

from __future__ import annotations

from typing import Protocol

from runtime.messages import Outcome
from server.context.deployment import Deployment
from server.context.personal import Sightings
from server.records import LogEntry


class Recordings(Protocol):
    """Takes recordings and makes no run wait."""

    def add(self, deployment: Deployment, entry: LogEntry, outcome: Outcome, sightings: Sightings | None) -> None:
        """Have the run of this log entry kept, if it was recorded and is one that the app wants."""
