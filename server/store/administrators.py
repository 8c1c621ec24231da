"""Administrators and their sessions in the database."""

from __future__ import annotations

import json
from datetime import datetime
from typing import cast

from server.administrator_records import Administrator, AdministratorKind, AdministratorSession, Grant, Role
from server.store.errors import NameTaken
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

_COLUMNS = "id, kind, login, secret_hash, grants, created_at"
_FIND_ALL = f"SELECT {_COLUMNS} FROM administrators ORDER BY id"  # noqa: S608 - constants
_FIND_BY_LOGIN = f"SELECT {_COLUMNS} FROM administrators WHERE kind = ? AND login = ?"  # noqa: S608 - constants
_FIND_BY_SESSION = """
    SELECT a.id, a.kind, a.login, a.secret_hash, a.grants, a.created_at
    FROM administrator_sessions s JOIN administrators a ON a.id = s.administrator_id
    WHERE s.id = ? AND s.expires_at > ?
"""
_INSERT = f"INSERT INTO administrators ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"  # noqa: S608 - constants
_DELETE = "DELETE FROM administrators WHERE id = ? RETURNING id"
_INSERT_SESSION = """
    INSERT INTO administrator_sessions (id, administrator_id, created_at, expires_at)
    SELECT ?1, a.id, ?3, ?4 FROM administrators a WHERE a.id = ?2
"""
_DELETE_ENDED = "DELETE FROM administrator_sessions WHERE expires_at <= ?"
_DELETE_SESSION = "DELETE FROM administrator_sessions WHERE id = ? RETURNING id"
_DELETE_SESSIONS = "DELETE FROM administrator_sessions WHERE administrator_id = ?"


class Administrators(StorePart):
    """What is kept of administrators."""

    async def find_administrators(self) -> list[Administrator]:
        """All of them, oldest first."""
        return [_administrator(row) for row in await self._database.read(_FIND_ALL)]

    async def find_administrator(self, kind: AdministratorKind, login: str) -> Administrator | None:
        """The administrator of a username or public key."""
        rows = await self._database.read(_FIND_BY_LOGIN, kind, login)
        return _administrator(rows[0]) if rows else None

    async def find_administrator_by_session(self, session_id: str, *, now: datetime) -> Administrator | None:
        """Whose session it is; None where it never was, has ended, or its administrator is gone."""
        rows = await self._database.read(_FIND_BY_SESSION, session_id, to_milliseconds(now))
        return _administrator(rows[0]) if rows else None

    async def add_administrator(self, administrator: Administrator) -> None:
        """Keep an administrator. Raises NameTaken."""

        def work(transaction: Transaction) -> None:
            given = (administrator.id, administrator.kind, administrator.login, administrator.secret_hash)
            more = (_grants_text(administrator.grants), to_milliseconds(administrator.created_at))
            if not transaction.execute(_INSERT, *given, *more):
                raise NameTaken(administrator.login)

        await self._database.write(work)

    async def delete_administrator(self, id_: str) -> bool:
        """Remove an administrator with all sessions; False where there is none."""

        def work(transaction: Transaction) -> bool:
            transaction.execute(_DELETE_SESSIONS, id_)
            return bool(transaction.execute(_DELETE, id_))

        return await self._database.write(work)

    async def add_administrator_session(self, session: AdministratorSession) -> None:
        """Keep a session, unless its administrator is gone; forgets those that have ended."""

        def work(transaction: Transaction) -> None:
            created_at, expires_at = to_milliseconds(session.created_at), to_milliseconds(session.expires_at)
            transaction.execute(_DELETE_ENDED, created_at)
            transaction.execute(_INSERT_SESSION, session.id, session.administrator_id, created_at, expires_at)

        await self._database.write(work)

    async def delete_administrator_session(self, id_: str) -> bool:
        """End a session; False where there is none."""
        return bool(await self._database.write(lambda transaction: transaction.execute(_DELETE_SESSION, id_)))


def _grants_text(grants: tuple[Grant, ...]) -> str:
    return json.dumps([[grant.role, grant.app_id] for grant in grants])


def _administrator(row: Row) -> Administrator:
    id_, kind, login, secret_hash, grants, created_at = row
    return Administrator(
        id=cast("str", id_),
        kind=AdministratorKind(cast("str", kind)),
        login=cast("str", login),
        secret_hash=cast("str", secret_hash),
        grants=tuple(Grant(role=Role(role), app_id=app_id) for role, app_id in json.loads(cast("str", grants))),
        created_at=from_milliseconds(cast("int", created_at)),
    )
