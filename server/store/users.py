"""Users and their identities in the database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import cast

from server import ejson
from server.ejson import Document
from server.records import Identity, Session, TriggerEvent, User, UserType
from server.store.errors import IdentityTaken, UserGone
from server.store.events import insert_events
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.sessions import delete_sessions, insert_session
from server.store.transaction import Row, Transaction

MAX_USERS = 50
"""Users of one page (contract 12.4)."""

_FIND_USER = "SELECT * FROM users_with_identities WHERE app_id = ? AND id = ? ORDER BY position"
_FIND_USER_BY_IDENTITY = """
    SELECT * FROM users_with_identities
    WHERE app_id = ?1
      AND id = (SELECT user_id FROM identities WHERE app_id = ?1 AND provider_type = ?2 AND id = ?3)
    ORDER BY position
"""
_FIND_USERS = """
    SELECT * FROM users_with_identities
    WHERE app_id = ?1 AND id IN (
        SELECT u.id FROM users u
        WHERE u.app_id = ?1 AND u.id > ?2 AND (?3 IS NULL OR u.disabled = ?3)
          AND (?4 IS NULL OR EXISTS (
              SELECT 1 FROM identities i
              WHERE i.app_id = ?1 AND i.user_id = u.id AND i.provider_type IN (SELECT value FROM json_each(?4))))
        ORDER BY u.id LIMIT ?5)
    ORDER BY id, position
"""
_POSITION = 6
"""The view's column after which the identity's begin."""

_INSERT_USER = """
    INSERT INTO users (app_id, id, type, disabled, created_at, last_authentication_at) VALUES (?, ?, ?, ?, ?, ?)
"""
_INSERT_IDENTITY = """
    INSERT INTO identities (app_id, provider_type, id, user_id, provider_id, data, position)
    SELECT ?1, ?2, ?3, ?4, ?5, ?6, COALESCE(MAX(position) + 1, 0) FROM identities WHERE app_id = ?1 AND user_id = ?4
    ON CONFLICT DO NOTHING RETURNING id
"""
_UPDATE_IDENTITY = """
    UPDATE identities SET data = ? WHERE app_id = ? AND provider_type = ? AND id = ? AND user_id = ? RETURNING id
"""
_SET_LAST_AUTHENTICATION = """
    UPDATE users SET last_authentication_at = ? WHERE app_id = ? AND id = ? AND disabled = 0 RETURNING id
"""
_FIND_ENABLED = "SELECT id FROM users WHERE app_id = ? AND id = ? AND disabled = 0"
_SET_DISABLED = "UPDATE users SET disabled = ? WHERE app_id = ? AND id = ? RETURNING id"
_DELETE_USER = "DELETE FROM users WHERE app_id = ? AND id = ? RETURNING id"
_DELETE_IDENTITIES = "DELETE FROM identities WHERE app_id = ? AND user_id = ?"


class Users(StorePart):
    """What is kept of users."""

    async def find_user(self, app_id: str, user_id: str) -> User | None:
        """The user with all identities, disabled or not; None where there is none."""
        return _first(await self._database.read(_FIND_USER, app_id, user_id))

    async def find_user_by_identity(self, app_id: str, provider_type: str, identity_id: str) -> User | None:
        """The user who has this identity, disabled or not; None where nobody has it."""
        return _first(await self._database.read(_FIND_USER_BY_IDENTITY, app_id, provider_type, identity_id))

    async def find_users(
        self,
        app_id: str,
        *,
        after: str = "",
        disabled: bool | None = None,
        provider_types: Sequence[str] | None = None,
        limit: int = MAX_USERS,
    ) -> list[User]:
        """The users by ascending id, beginning after the id `after`; those with an identity of one of the types."""
        types = None if provider_types is None else json.dumps(list(provider_types))
        rows = await self._database.read(_FIND_USERS, app_id, after, disabled, types, limit)
        return [_user(list(of_one)) for _, of_one in groupby(rows, key=lambda row: row[1])]

    async def add_user(self, user: User, session: Session, events: Sequence[TriggerEvent]) -> None:
        """Write a new user with identities, first session and events, all or nothing. Raises IdentityTaken."""

        def work(transaction: Transaction) -> None:
            for identity in user.identities:
                _insert_identity(transaction, user.app_id, user.id, identity)
            _insert_user(transaction, user)
            insert_session(transaction, session)
            insert_events(transaction, events)

        await self._database.write(work)

    async def add_session(
        self, session: Session, identity: Identity, events: Sequence[TriggerEvent], *, now: datetime
    ) -> None:
        """Write the login of a known user: identity data, time, session and events, all or nothing. Raises UserGone."""

        def work(transaction: Transaction) -> None:
            _refresh_identity(transaction, session, identity)
            _set_last_authentication(transaction, session, now)
            insert_session(transaction, session)
            insert_events(transaction, events)

        await self._database.write(work)

    async def add_identity(self, app_id: str, user_id: str, identity: Identity, events: Sequence[TriggerEvent]) -> None:
        """Link an identity to a user as the last one, with the events. Raises IdentityTaken, UserGone."""

        def work(transaction: Transaction) -> None:
            if not transaction.execute(_FIND_ENABLED, app_id, user_id):
                raise UserGone(user_id)
            _insert_identity(transaction, app_id, user_id, identity)
            insert_events(transaction, events)

        await self._database.write(work)

    async def delete_user(self, app_id: str, user_id: str, events: Sequence[TriggerEvent]) -> bool:
        """Delete the user, identities and sessions, and queue the events; False, and no events, if there was none."""

        def work(transaction: Transaction) -> bool:
            if not transaction.execute(_DELETE_USER, app_id, user_id):
                return False
            transaction.execute(_DELETE_IDENTITIES, app_id, user_id)
            delete_sessions(transaction, app_id, user_id)
            insert_events(transaction, events)
            return True

        return await self._database.write(work)

    async def set_user_disabled(self, app_id: str, user_id: str, disabled: bool) -> bool:  # noqa: FBT001 - the new value
        """Disable the user, which ends all sessions for good, or enable; False if there is no such user."""

        def work(transaction: Transaction) -> bool:
            if disabled:
                delete_sessions(transaction, app_id, user_id)
            return bool(transaction.execute(_SET_DISABLED, int(disabled), app_id, user_id))

        return await self._database.write(work)


def _insert_user(transaction: Transaction, user: User) -> None:
    last = user.last_authentication_at
    transaction.execute(
        _INSERT_USER,
        user.app_id,
        user.id,
        user.type.value,
        int(user.disabled),
        to_milliseconds(user.created_at),
        None if last is None else to_milliseconds(last),
    )


def _insert_identity(transaction: Transaction, app_id: str, user_id: str, identity: Identity) -> None:
    data = ejson.dumps(identity.data).decode()
    if not transaction.execute(
        _INSERT_IDENTITY, app_id, identity.provider_type, identity.id, user_id, identity.provider_id, data
    ):
        raise IdentityTaken(f"{identity.provider_type} {identity.id}")


def _refresh_identity(transaction: Transaction, session: Session, identity: Identity) -> None:
    data = ejson.dumps(identity.data).decode()
    if not transaction.execute(
        _UPDATE_IDENTITY, data, session.app_id, identity.provider_type, identity.id, session.user_id
    ):
        raise UserGone(session.user_id)


def _set_last_authentication(transaction: Transaction, session: Session, now: datetime) -> None:
    if not transaction.execute(_SET_LAST_AUTHENTICATION, to_milliseconds(now), session.app_id, session.user_id):
        raise UserGone(session.user_id)


def _first(rows: list[Row]) -> User | None:
    return _user(rows) if rows else None


def _user(rows: list[Row]) -> User:
    """The user of rows that differ in the identity alone."""
    app_id, id_, type_, disabled, created_at, last, *_ = rows[0]
    return User(
        app_id=cast("str", app_id),
        id=cast("str", id_),
        type=UserType(cast("str", type_)),
        disabled=bool(disabled),
        identities=tuple(_identity(row) for row in rows if row[_POSITION] is not None),
        created_at=from_milliseconds(cast("int", created_at)),
        last_authentication_at=None if last is None else from_milliseconds(cast("int", last)),
    )


def _identity(row: Row) -> Identity:
    id_, provider_type, provider_id, data = cast("tuple[str, str, str, str]", row[_POSITION + 1 :])
    document = cast("Document", ejson.loads(data))
    return Identity(id=id_, provider_type=provider_type, provider_id=provider_id, data=document)
