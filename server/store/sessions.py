"""Sessions in the database: a refresh token is worth what its row is worth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from server.login_records import Owed
from server.records import Session
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.owed import insert_owed
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

_FIND_SESSION = """
    SELECT s.id, s.app_id, s.user_id, s.device_id, s.provider_type, s.identity_id, s.provider_id,
           s.created_at, s.expires_at, s.generation
    FROM sessions s JOIN users u ON u.app_id = s.app_id AND u.id = s.user_id
    WHERE s.id = ? AND s.expires_at > ? AND u.disabled = 0
"""
_INSERT_SESSION = """
    INSERT INTO sessions
        (id, app_id, user_id, device_id, provider_type, identity_id, provider_id, created_at, expires_at, generation)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ROTATE = """
    UPDATE sessions SET generation = generation + 1 WHERE id = ? AND generation = ? AND expires_at > ? RETURNING id
"""
_FIND_SESSIONS = """
    SELECT id, app_id, user_id, device_id, provider_type, identity_id, provider_id, created_at, expires_at, generation
    FROM sessions WHERE app_id = ? AND user_id = ? AND expires_at > ?
"""
_DELETE_SESSION = "DELETE FROM sessions WHERE id = ? RETURNING id"
_DELETE_SESSIONS = "DELETE FROM sessions WHERE app_id = ? AND user_id = ? RETURNING id"
_DELETE_EXPIRED = "DELETE FROM sessions WHERE expires_at <= ? RETURNING id"


class Sessions(StorePart):
    """What is kept of sessions."""

    async def find_session(self, session_id: str, *, now: datetime) -> Session | None:
        """The session; None where it never was, was revoked or has expired, or its user is disabled or deleted."""
        rows = await self._database.read(_FIND_SESSION, session_id, to_milliseconds(now))
        return _session(rows[0]) if rows else None

    async def find_sessions(self, app_id: str, user_id: str, *, now: datetime) -> list[Session]:
        """A user's sessions that have not ended, oldest first."""
        rows = await self._database.read(_FIND_SESSIONS, app_id, user_id, to_milliseconds(now))
        return sorted(map(_session, rows), key=lambda session: (session.created_at, session.id))

    async def rotate_session(self, session_id: str, generation: int, *, now: datetime) -> bool:
        """Make the refresh token of this generation worthless and the next one good; False if it was not the newest."""

        def work(transaction: Transaction) -> bool:
            return bool(transaction.execute(_ROTATE, session_id, generation, to_milliseconds(now)))

        return await self._database.write(work)

    async def revoke_session(self, session_id: str, owed: Sequence[Owed] = ()) -> bool:
        """End the session for good; False, and nothing owed, if there was none."""

        def work(transaction: Transaction) -> bool:
            if not transaction.execute(_DELETE_SESSION, session_id):
                return False
            insert_owed(transaction, owed)
            return True

        return await self._database.write(work)

    async def revoke_sessions(self, app_id: str, user_id: str, owed: Sequence[Owed] = ()) -> int:
        """End all sessions of a user for good; how many there were."""

        def work(transaction: Transaction) -> int:
            insert_owed(transaction, owed)
            return delete_sessions(transaction, app_id, user_id)

        return await self._database.write(work)

    async def remove_expired_sessions(self, *, now: datetime) -> int:
        """Delete what has expired and cannot be found any more; how many."""

        def work(transaction: Transaction) -> int:
            return len(transaction.execute(_DELETE_EXPIRED, to_milliseconds(now)))

        return await self._database.write(work)


def insert_session(transaction: Transaction, session: Session) -> None:
    """Add a session within a larger write."""
    transaction.execute(
        _INSERT_SESSION,
        session.id,
        session.app_id,
        session.user_id,
        session.device_id,
        session.provider_type,
        session.identity_id,
        session.provider_id,
        to_milliseconds(session.created_at),
        to_milliseconds(session.expires_at),
        session.generation,
    )


def delete_sessions(transaction: Transaction, app_id: str, user_id: str) -> int:
    """Delete a user's sessions within a larger write; how many there were."""
    return len(transaction.execute(_DELETE_SESSIONS, app_id, user_id))


def _session(row: Row) -> Session:
    *texts, created_at, expires_at, generation = row
    id_, app_id, user_id, device_id, provider_type, identity_id, provider_id = cast("list[str]", texts)
    return Session(
        id=id_,
        app_id=app_id,
        user_id=user_id,
        device_id=device_id,
        provider_type=provider_type,
        identity_id=identity_id,
        provider_id=provider_id,
        created_at=from_milliseconds(cast("int", created_at)),
        expires_at=from_milliseconds(cast("int", expires_at)),
        generation=cast("int", generation),
    )
