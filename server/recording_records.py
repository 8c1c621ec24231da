"""Plain records of recordings: what is kept of a recorded call."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEntry:
    """A recording as lists show it; `version` is the app's that ran, `id` that of the run's log entry."""

    app_id: str
    id: str
    function_name: str
    version: str
    failed: bool
    created_at: datetime
    expires_at: datetime
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRecording:
    """A recording as it is kept: nothing of the call can be read from it."""

    entry: RecordingEntry
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingBounds:
    """How many recordings of an app are kept, how many bytes of them, and for how many days."""

    days: float = 7
    count: int = 200
    megabytes: float = 64
