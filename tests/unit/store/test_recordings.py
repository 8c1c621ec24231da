"""Recordings in the database: within bounds, and gone when they have expired."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from server.recording_records import RecordingBounds, RecordingEntry, SealedRecording
from server.store import Store

NOW = datetime(2026, 3, 4, tzinfo=UTC)
ENTRY = RecordingEntry(
    app_id="app", id="0", function_name="f", version="v", failed=False, created_at=NOW,
    expires_at=NOW + timedelta(days=1), size=400_000,
)  # fmt: skip


def _kept(number: int, **changed: object) -> SealedRecording:
    made = replace(ENTRY, id=str(number), created_at=NOW + timedelta(seconds=number))
    return SealedRecording(entry=replace(made, **changed), sealed=b"sealed")  # type: ignore[arg-type]


async def _ids(store: Store, app_id: str = "app", *, now: datetime = NOW, function_name: str | None = None) -> str:
    found = await store.find_recordings(app_id, now=now, function_name=function_name)
    return "".join(entry.id for entry in found)


async def test_a_recording_is_found_as_it_was_kept(store: Store) -> None:
    """By its id, of its app alone; newest first in lists."""
    await store.add_recording(_kept(1), RecordingBounds())
    await store.add_recording(_kept(2, function_name="g", failed=True), RecordingBounds())
    assert await store.find_recording("app", "1", now=NOW) == _kept(1)
    assert await store.find_recording("other", "1", now=NOW) is None
    assert (await _ids(store), await _ids(store, function_name="g")) == ("21", "2")


async def test_the_oldest_go_for_new_ones(store: Store) -> None:
    """Beyond a count or a size, of that app."""
    await store.add_recording(_kept(0, app_id="other"), RecordingBounds())
    for number in range(1, 5):
        await store.add_recording(_kept(number), RecordingBounds(count=3))
    assert await _ids(store) == "432"
    await store.add_recording(_kept(5), RecordingBounds(megabytes=1))
    assert await _ids(store) == "54"
    assert await _ids(store, "other") == "0"


async def test_an_expired_recording_is_gone(store: Store) -> None:
    """At once for whoever asks, and then from the disk."""
    await store.add_recording(_kept(1), RecordingBounds())
    end = ENTRY.expires_at
    assert await _ids(store, now=end - timedelta(milliseconds=1)) == "1"
    assert await _ids(store, now=end) == ""
    assert await store.find_recording("app", "1", now=end) is None
    assert await store.remove_expired_recordings(now=end) == 1
    assert await _ids(store) == ""


async def test_a_recording_is_deleted(store: Store) -> None:
    """Once."""
    await store.add_recording(_kept(1), RecordingBounds())
    assert [await store.delete_recording("app", "1") for _ in range(2)] == [True, False]
