"""The keeping of recordings in the background."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from runtime.messages import Outcome
from runtime.recording import Recording
from server.apps.policy import RecordWhen
from server.context.deployment import Deployment
from server.context.redaction import Redaction
from server.recording_records import RecordingBounds
from server.recordings.keeper import RecordingKeeper
from server.records import LogEntry
from server.store import open_store
from server.versions.secret_box import SecretBox

NOW = datetime.now(UTC)
CALL = b'{"type":"call","arguments":[],"context":{}}'


def run(value: bytes) -> Outcome:
    """A recorded run that ended with this value."""
    step = b'{"calls":[],"logs":[],"done":{"value":' + value + b"}}"
    return Outcome(value=value, recording=Recording(image="i", limits=b"{}", messages=(CALL,), tape=b"", steps=(step,)))


def entry(id_: str) -> LogEntry:
    """The run's log entry."""
    return LogEntry(
        id=id_, app_id="app", type="FUNCTION", function_name="f", user_id=None, error=None, error_code=None,
        messages=(), started_at=NOW, completed_at=NOW,
    )  # fmt: skip


async def test_recording_that_cannot_be_kept_ends_no_other(tmp_path: Path) -> None:
    """A value nested as deeply as can be read, and less deeply than can be written around it, is given up alone."""
    policy = SimpleNamespace(records=lambda _: RecordWhen.ALWAYS)
    app = SimpleNamespace(app=SimpleNamespace(policy=policy), version="v", redact=Redaction())
    deployment = cast("Deployment", app)
    async with open_store(tmp_path / "identity.sqlite") as store:
        async with RecordingKeeper(store, SecretBox(bytes(32)), RecordingBounds()) as keeper:
            keeper.add(deployment, entry("deep"), run(b"[" * 254 + b"]" * 254), None)
            keeper.add(deployment, entry("usual"), run(b"1"), None)
        kept = await store.find_recordings("app", now=NOW)

    assert ([one.id for one in kept], keeper.given_up) == (["usual"], 1)
