"""Keeps recordings of calls without making a call wait: disguised, sealed and written in the background."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from runtime.messages import Outcome
from runtime.recording import Recording
from server.apps.policy import RecordWhen
from server.background import Background
from server.context.deployment import Deployment
from server.context.personal import Sightings
from server.recording_records import RecordingBounds, RecordingEntry, SealedRecording
from server.recordings.seal import OpenRecording, disguised, new_nonce, seal
from server.records import LogEntry
from server.store import Store
from server.store.errors import StoreError
from server.versions.secret_box import SecretBox

MOST_WAITING = 16
"""Recordings that may wait to be written, 4 MB each at most; beyond it the newest are given up, and counted."""
PAUSE = 60.0
"""Seconds between two looks for what has expired."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    entry: RecordingEntry
    recording: Recording = field(repr=False)
    secrets: Mapping[str, str] = field(repr=False)
    personal: frozenset[str] = field(repr=False)
    error: str | None
    user_id: str | None


class RecordingKeeper(Background):
    """Writes recordings in the background; on leaving its context it writes what is left."""

    def __init__(self, store: Store, box: SecretBox, bounds: RecordingBounds) -> None:
        self._store = store
        self._box = box
        self._bounds = bounds
        self._waiting: deque[_Waiting] = deque()
        self._arrived = asyncio.Event()
        self.given_up = 0

    def add(self, deployment: Deployment, entry: LogEntry, outcome: Outcome, sightings: Sightings | None) -> None:
        """Have the run of this log entry kept, if it was recorded and is one that the app wants."""
        recording, name = outcome.recording, entry.function_name
        if recording is None or name is None or not _wanted(deployment.app.policy.records(name), entry):
            return
        if len(self._waiting) >= MOST_WAITING or (sightings is not None and sightings.overflowed):
            self.given_up += 1
            return
        waiting = _Waiting(
            entry=_entry(deployment, entry, name, self._bounds), recording=recording, secrets=deployment.redact.texts,
            personal=sightings.texts if sightings is not None else frozenset(),
            error=entry.error, user_id=entry.user_id,
        )  # fmt: skip
        self._waiting.append(waiting)
        self._arrived.set()

    async def _work(self) -> None:
        """Also where recordings never stop coming, those that have expired go in their time."""
        now = asyncio.get_running_loop().time
        due = now()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due):
                    await self._arrived.wait()
            self._arrived.clear()
            await self._write_waiting()
            if now() >= due:
                await self._remove_expired()
                due = now() + PAUSE

    async def _end(self) -> None:
        await self._write_waiting()

    async def _write_waiting(self) -> None:
        """Those that wait by now; the next turn is for what arrives meanwhile."""
        for _ in range(len(self._waiting)):
            try:
                sealed = await asyncio.to_thread(_sealed, self._box, self._waiting.popleft())
                await self._store.add_recording(sealed, self._bounds)
            except Exception:  # noqa: BLE001 - what a guest handed over must not end the keeping of others
                self.given_up += 1
                _log.exception("a recording could not be kept")

    async def _remove_expired(self) -> None:
        try:
            await self._store.remove_expired_recordings(now=datetime.now(UTC))
        except StoreError:
            _log.exception("expired recordings could not be removed")


def _wanted(when: RecordWhen | None, entry: LogEntry) -> bool:
    return when is RecordWhen.ALWAYS or (when is RecordWhen.FAILURES and entry.error is not None)


def _entry(deployment: Deployment, entry: LogEntry, name: str, bounds: RecordingBounds) -> RecordingEntry:
    return RecordingEntry(
        app_id=entry.app_id, id=entry.id, function_name=name, version=deployment.version,
        failed=entry.error is not None, created_at=entry.started_at,
        expires_at=_whole(datetime.now(UTC) + timedelta(days=bounds.days)), size=0,
    )  # fmt: skip


def _whole(moment: datetime) -> datetime:
    """To the millisecond, as the store keeps it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _sealed(box: SecretBox, waiting: _Waiting) -> SealedRecording:
    nonce = new_nonce()
    recording = disguised(waiting.recording, nonce, waiting.secrets, waiting.personal)
    opened = OpenRecording(
        entry=waiting.entry, recording=recording, nonce=nonce, error=waiting.error, user_id=waiting.user_id
    )
    return seal(box, opened)
