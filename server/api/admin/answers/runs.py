"""Answers about what functions did: their values, the app's log, recordings (contract 12.5)."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from server.api.admin.answers.closed import Closed


class FunctionRun(TypedDict):
    """What a function returned, in canonical Extended JSON, and what it wrote to the console."""

    result: Any
    logs: list[str] | None
    error_logs: list[str] | None
    error: str | None
    stats: dict[str, Any]


class Logs(TypedDict):
    """A page of log entries; where there are more, also `nextEndDate` and `nextSkip`."""

    logs: list[dict[str, Any]]


class RecordingEntry(Closed):
    """A recorded call as lists show it; moments in ISO 8601."""

    _id: str
    function_name: str
    version: str
    failed: bool
    created: str
    expires: str
    bytes: int


class RecordedCall(RecordingEntry):
    """What was called, what it asked and got, what it printed, how it ended; the result is Extended JSON."""

    user_id: str | None
    arguments: list[Any]
    error: str | None
    host_calls: list[dict[str, Any]]
    logs: list[str]
    result: str | None


class RecordingFile(RecordingEntry):
    """A recording in base64, with placeholders for the secrets of these names."""

    nonce: str
    error: str | None
    user_id: str | None
    secrets: list[str]
    recording: str


class Difference(Closed):
    """What was recorded at a place, and what happened now."""

    place: str
    recorded: str | None
    now: str | None


class Replay(RecordingEntry):
    """How a recorded call ended when it was run again."""

    replayed_version: str
    same: bool
    differences: list[Difference]
    result: str | None
    error: str | None
    logs: list[str]
