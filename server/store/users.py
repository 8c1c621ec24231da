"""Users and their identities in the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby

from server.login_records import NewApiKey, NewSession, Owed, PasswordAccount, Proof
from server.records import Identity, Session, User
from server.store.api_keys import insert_api_key
from server.store.devices import delete_devices, see_device
from server.store.errors import IdentityTaken, UserGone
from server.store.identities import insert_identity, refresh_identity, user_of
from server.store.moments import to_milliseconds
from server.store.owed import insert_owed
from server.store.part import StorePart
from server.store.passwords import delete_passwords_of, insert_password
from server.store.proofs import check_proof
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
_FIND_LAST_USERS = (
    _FIND_USERS.replace("u.id > ?2", "(?2 = '' OR u.id < ?2)")
    .replace("BY u.id", "BY u.id DESC")
    .replace("BY id,", "BY id DESC,")
)
_INSERT_USER = """
    INSERT INTO users (app_id, id, type, disabled, created_at, last_authentication_at) VALUES (?, ?, ?, ?, ?, ?)
"""
_SET_LAST_AUTHENTICATION = """
    UPDATE users SET last_authentication_at = ? WHERE app_id = ? AND id = ? AND disabled = 0 RETURNING id
"""
_FIND_ENABLED = "SELECT id FROM users WHERE app_id = ? AND id = ? AND disabled = 0"
_SET_DISABLED = "UPDATE users SET disabled = ? WHERE app_id = ? AND id = ? RETURNING id"
_DELETE_USER = "DELETE FROM users WHERE app_id = ? AND id = ? RETURNING id"
_DELETE_IDENTITIES = "DELETE FROM identities WHERE app_id = ? AND user_id = ?"
_DELETE_KEYS = "DELETE FROM api_keys WHERE app_id = ? AND user_id = ?"
_FIND_ANY = "SELECT id FROM users WHERE app_id = ? AND id = ?"
_FIND_OF_PROVIDER = "SELECT id FROM identities WHERE app_id = ? AND user_id = ? AND provider_type = ?"


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
        descending: bool = False,
    ) -> list[User]:
        """The users by id, beginning after the id `after`; those with an identity of one of the types."""
        types = None if provider_types is None else json.dumps(list(provider_types))
        rows = await self._database.read(
            _FIND_LAST_USERS if descending else _FIND_USERS, app_id, after, disabled, types, limit
        )
        return [user_of(list(of_one)) for _, of_one in groupby(rows, key=lambda row: row[1])]

    async def add_user(
        self,
        user: User,
        session: Session | None,
        owed: Sequence[Owed],
        *,
        password: PasswordAccount | None = None,
        api_key: NewApiKey | None = None,
        proof: Proof | None = None,
    ) -> None:
        """Write a new user with identities, first session, password, key and what that owes, all or nothing.

        Raises IdentityTaken, AccountTaken, KeyNameTaken, TooManyKeys; ProofGone where the proof is good no more.
        """

        def work(transaction: Transaction) -> None:
            check_proof(transaction, proof)
            _insert_whole_user(transaction, user, password)
            if api_key is not None:
                insert_api_key(transaction, api_key)
            if session is not None:
                _open_session(transaction, session)
            insert_owed(transaction, owed)

        await self._database.write(work)

    async def import_user(self, user: User, password: PasswordAccount | None, owed: Sequence[Owed]) -> bool:
        """Write a user under the id they had elsewhere; False, and nothing written, if that user is here already.

        Raises IdentityTaken, AccountTaken where an identity or address is another user's.
        """

        def work(transaction: Transaction) -> bool:
            if transaction.execute(_FIND_ANY, user.app_id, user.id):
                return False
            _insert_whole_user(transaction, user, password)
            insert_owed(transaction, owed)
            return True

        return await self._database.write(work)

    async def open_session(
        self,
        app_id: str,
        owner: Identity | str,
        opening: Callable[[User], NewSession],
        *,
        now: datetime,
        proof: Proof | None = None,
    ) -> NewSession | None:
        """Write the login of a known user, found in the same transaction by an identity, whose data it brings, or id.

        None where there is none. `opening` runs on another thread, perhaps again. Raises what it raises; UserGone for a
        disabled user, ProofGone.
        """

        def work(transaction: Transaction) -> NewSession | None:
            check_proof(transaction, proof)
            rows = _find(transaction, app_id, owner)
            if not rows:
                return None
            new = opening(user_of(rows))
            if isinstance(owner, Identity):
                refresh_identity(transaction, rows, owner)
            _set_last_authentication(transaction, new.session, now)
            _open_session(transaction, new.session)
            insert_owed(transaction, new.owed)
            return new

        return await self._database.write(work)

    async def add_identity(
        self, app_id: str, user_id: str, identity: Identity, owed: Sequence[Owed], *, proofs: Sequence[Proof] = ()
    ) -> None:
        """Link an identity to a user as the last one, with what that owes. Raises IdentityTaken, UserGone, ProofGone.

        A user has one identity of each provider: a second one is refused as IdentityTaken, too.
        """

        def work(transaction: Transaction) -> None:
            for proof in proofs:
                check_proof(transaction, proof)
            if not transaction.execute(_FIND_ENABLED, app_id, user_id):
                raise UserGone(user_id)
            if transaction.execute(_FIND_OF_PROVIDER, app_id, user_id, identity.provider_type):
                raise IdentityTaken(f"{user_id} has an identity of {identity.provider_type}")
            insert_identity(transaction, app_id, user_id, identity)
            insert_owed(transaction, owed)

        await self._database.write(work)

    async def delete_user(self, app_id: str, user_id: str, owed: Sequence[Owed]) -> bool:
        """Delete the user, identities and sessions, and queue the events; False, and no events, if there was none."""

        def work(transaction: Transaction) -> bool:
            if not transaction.execute(_DELETE_USER, app_id, user_id):
                return False
            delete_passwords_of(transaction, app_id, user_id)
            transaction.execute(_DELETE_IDENTITIES, app_id, user_id)
            transaction.execute(_DELETE_KEYS, app_id, user_id)
            delete_devices(transaction, app_id, user_id)
            delete_sessions(transaction, app_id, user_id)
            insert_owed(transaction, owed)
            return True

        return await self._database.write(work)

    async def set_user_disabled(
        self,
        app_id: str,
        user_id: str,
        disabled: bool,  # noqa: FBT001 - the new value
        owed: Sequence[Owed] = (),
    ) -> bool:
        """Disable the user, which ends all sessions for good, or enable; False if there is no such user."""

        def work(transaction: Transaction) -> bool:
            if disabled:
                delete_sessions(transaction, app_id, user_id)
            if not transaction.execute(_SET_DISABLED, int(disabled), app_id, user_id):
                return False
            insert_owed(transaction, owed)
            return True

        return await self._database.write(work)


def _insert_whole_user(transaction: Transaction, user: User, password: PasswordAccount | None) -> None:
    _insert_user(transaction, user)
    if password is not None:
        insert_password(transaction, password)


def _open_session(transaction: Transaction, session: Session) -> None:
    insert_session(transaction, session)
    see_device(transaction, session)


def _insert_user(transaction: Transaction, user: User) -> None:
    last = user.last_authentication_at
    for identity in user.identities:
        insert_identity(transaction, user.app_id, user.id, identity)
    transaction.execute(
        _INSERT_USER,
        user.app_id,
        user.id,
        user.type.value,
        int(user.disabled),
        to_milliseconds(user.created_at),
        None if last is None else to_milliseconds(last),
    )


def _set_last_authentication(transaction: Transaction, session: Session, now: datetime) -> None:
    if not transaction.execute(_SET_LAST_AUTHENTICATION, to_milliseconds(now), session.app_id, session.user_id):
        raise UserGone(session.user_id)


def _find(transaction: Transaction, app_id: str, owner: Identity | str) -> list[Row]:
    if isinstance(owner, str):
        return transaction.execute(_FIND_USER, app_id, owner)
    return transaction.execute(_FIND_USER_BY_IDENTITY, app_id, owner.provider_type, owner.id)


def _first(rows: list[Row]) -> User | None:
    return user_of(rows) if rows else None
