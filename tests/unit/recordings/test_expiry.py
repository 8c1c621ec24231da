"""The keeper of recordings: those that have expired go in their time, whatever else there is to do."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, cast

import pytest

from runtime.messages import Outcome
from server.apps.policy import RecordWhen
from server.context.deployment import Deployment
from server.recording_records import RecordingBounds, SealedRecording
from server.recordings import keeper
from server.recordings.keeper import RecordingKeeper
from server.records import LogEntry
from server.store import Store
from server.versions.secret_box import SecretBox
from tests.unit.recordings.test_seal import BOX, NOW, RECORDING

PATIENCE = 60.0
ENTRY = LogEntry(
    id="r", app_id="app", type="FUNCTION", function_name="f", user_id=None, error=None, error_code=None, messages=(),
    co_id="", started_at=NOW, completed_at=NOW,
)  # fmt: skip


class Counting:
    """A store that counts what it is asked for."""

    added = removed = 0

    async def add_recording(self, sealed: SealedRecording, bounds: RecordingBounds) -> None:
        """Counted."""
        self.added += 1

    async def remove_expired_recordings(self, *, now: datetime) -> int:
        """Counted."""
        self.removed += 1
        return 0


class Recorded:
    """What the keeper looks at of a deployment whose function is always recorded, and of a run's outcome."""

    version = "v"
    recording = RECORDING

    @property
    def app(self) -> Any:
        """Also its policy."""
        return self

    policy = redact = app
    texts: dict[str, str] = {}  # noqa: RUF012 - never changed

    def records(self, name: str) -> RecordWhen:
        """Always."""
        return RecordWhen.ALWAYS


async def test_expired_recordings_go_while_others_keep_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that is recorded all the time does not prolong the life of what is kept of others."""
    monkeypatch.setattr(keeper, "PAUSE", 0.01)
    store, recorded = Counting(), Recorded()
    box: SecretBox = BOX
    async with RecordingKeeper(cast("Store", store), box, RecordingBounds()) as kept, asyncio.timeout(PATIENCE):
        while store.removed < 3 or store.added < 3:
            kept.add(cast("Deployment", recorded), ENTRY, cast("Outcome", recorded), None)
            await asyncio.sleep(0)

    assert store.added >= 3
