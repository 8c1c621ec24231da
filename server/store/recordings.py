"""Recordings in the database: the newest of each app, within bounds."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from server.recording_records import RecordingBounds, RecordingEntry, SealedRecording
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

_COLUMNS = "app_id, id, function_name, version, failed, created_at, expires_at, size"
_INSERT = f"INSERT INTO recordings ({_COLUMNS}, sealed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
_FIND_ALL = f"""
    SELECT {_COLUMNS} FROM recordings
    WHERE app_id = ?1 AND expires_at > ?2 AND (?3 IS NULL OR function_name = ?3)
    ORDER BY created_at DESC, id DESC LIMIT ?4
"""  # noqa: S608 - constants
_FIND = f"SELECT {_COLUMNS}, sealed FROM recordings WHERE app_id = ? AND id = ? AND expires_at > ?"  # noqa: S608 - constants
_FIND_SIZES = "SELECT id, size FROM recordings WHERE app_id = ? ORDER BY created_at DESC, id DESC"
_DELETE = "DELETE FROM recordings WHERE app_id = ? AND id = ? RETURNING id"
_DELETE_EXPIRED = "DELETE FROM recordings WHERE expires_at <= ? RETURNING id"


class Recordings(StorePart):
    """What is kept of recorded calls."""

    async def add_recording(self, recording: SealedRecording, bounds: RecordingBounds) -> None:
        """Keep a recording; the oldest of the app's that are beyond the bounds go for it."""
        entry = recording.entry

        def work(transaction: Transaction) -> None:
            transaction.execute(
                _INSERT, entry.app_id, entry.id, entry.function_name, entry.version, int(entry.failed),
                to_milliseconds(entry.created_at), to_milliseconds(entry.expires_at), entry.size, recording.sealed,
            )  # fmt: skip
            total = 0
            for number, (id_, size) in enumerate(transaction.execute(_FIND_SIZES, entry.app_id), 1):
                total += cast("int", size)
                if number > bounds.count or total > bounds.megabytes * 1_000_000:
                    transaction.execute(_DELETE, entry.app_id, id_)

        await self._database.write(work)

    async def find_recordings(
        self, app_id: str, *, now: datetime, function_name: str | None = None, limit: int = 1000
    ) -> list[RecordingEntry]:
        """The app's recordings that have not expired, newest first."""
        rows = await self._database.read(_FIND_ALL, app_id, to_milliseconds(now), function_name, limit)
        return [_entry(row) for row in rows]

    async def find_recording(self, app_id: str, id_: str, *, now: datetime) -> SealedRecording | None:
        """One recording, unless it has expired."""
        rows = await self._database.read(_FIND, app_id, id_, to_milliseconds(now))
        return SealedRecording(entry=_entry(rows[0][:-1]), sealed=cast("bytes", rows[0][-1])) if rows else None

    async def delete_recording(self, app_id: str, id_: str) -> bool:
        """Forget a recording; False where there is none of that id."""
        return bool(await self._database.write(lambda transaction: transaction.execute(_DELETE, app_id, id_)))

    async def remove_expired_recordings(self, *, now: datetime) -> int:
        """Forget what has expired; how many."""
        moment = to_milliseconds(now)
        return len(await self._database.write(lambda transaction: transaction.execute(_DELETE_EXPIRED, moment)))


def _entry(row: Row) -> RecordingEntry:
    app_id, id_, function_name, version, failed, created_at, expires_at, size = row
    return RecordingEntry(
        app_id=cast("str", app_id),
        id=cast("str", id_),
        function_name=cast("str", function_name),
        version=cast("str", version),
        failed=bool(failed),
        created_at=from_milliseconds(cast("int", created_at)),
        expires_at=from_milliseconds(cast("int", expires_at)),
        size=cast("int", size),
    )
