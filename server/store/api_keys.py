"""API keys in the database; a key's text is nowhere kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from server.login_records import ApiKey, ApiKeyKind, NewApiKey, Owed, Proof
from server.store.errors import KeyNameTaken, TooManyKeys
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.owed import insert_owed
from server.store.part import StorePart
from server.store.proofs import check_proof
from server.store.transaction import Row, Transaction

_COLUMNS = "id, app_id, user_id, kind, name, disabled, created_at"
_FIND_KEYS = f"SELECT {_COLUMNS} FROM api_keys WHERE app_id = ? AND user_id = ? ORDER BY id"  # noqa: S608 - constants
_FIND_KEYS_OF_KIND = f"SELECT {_COLUMNS} FROM api_keys WHERE app_id = ? AND kind = ? ORDER BY id"  # noqa: S608 - constants
_FIND_BY_HASH = f"SELECT {_COLUMNS} FROM api_keys WHERE app_id = ? AND key_hash = ?"  # noqa: S608 - constants
_INSERT_KEY = f"INSERT INTO api_keys ({_COLUMNS}, key_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constants
_COUNT_KEYS = "SELECT count(*), count(*) FILTER (WHERE name = ?3) FROM api_keys WHERE app_id = ?1 AND user_id = ?2"
_COUNT_SERVER_KEYS = """
    SELECT count(*), count(*) FILTER (WHERE name = ?2) FROM api_keys WHERE app_id = ?1 AND kind = 'server'
"""
_SET_DISABLED = "UPDATE api_keys SET disabled = ? WHERE app_id = ? AND user_id = ? AND id = ? RETURNING id"
_DELETE_KEY = "DELETE FROM api_keys WHERE app_id = ? AND user_id = ? AND id = ? RETURNING id"
_DELETE_SESSIONS_OF_KEY = """
    DELETE FROM sessions WHERE app_id = ? AND user_id = ? AND provider_type = 'api-key' AND identity_id = ?
"""


class ApiKeys(StorePart):
    """What is kept of API keys."""

    async def find_api_keys(self, app_id: str, user_id: str) -> list[ApiKey]:
        """A user's keys, oldest first."""
        return [_key(row) for row in await self._database.read(_FIND_KEYS, app_id, user_id)]

    async def find_server_keys(self, app_id: str) -> list[ApiKey]:
        """An app's server keys, oldest first."""
        rows = await self._database.read(_FIND_KEYS_OF_KIND, app_id, ApiKeyKind.SERVER.value)
        return [_key(row) for row in rows]

    async def find_api_key_by_hash(self, app_id: str, key_hash: bytes) -> ApiKey | None:
        """The key whose text has this hash, disabled or not."""
        rows = await self._database.read(_FIND_BY_HASH, app_id, key_hash)
        return _key(rows[0]) if rows else None

    async def add_api_key(self, new: NewApiKey, owed: Sequence[Owed], *, proof: Proof | None = None) -> None:
        """Keep a user's key. Raises TooManyKeys, KeyNameTaken; ProofGone where the session has ended."""

        def work(transaction: Transaction) -> None:
            check_proof(transaction, proof)
            insert_api_key(transaction, new)
            insert_owed(transaction, owed)

        await self._database.write(work)

    async def set_api_key_disabled(
        self, app_id: str, user_id: str, key_id: str, owed: Sequence[Owed], *, disabled: bool
    ) -> bool:
        """Disable a user's key, which ends the sessions opened with it, or enable it; False if there is none."""

        def work(transaction: Transaction) -> bool:
            if not transaction.execute(_SET_DISABLED, int(disabled), app_id, user_id, key_id):
                return False
            if disabled:
                transaction.execute(_DELETE_SESSIONS_OF_KEY, app_id, user_id, key_id)
            insert_owed(transaction, owed)
            return True

        return await self._database.write(work)

    async def delete_api_key(self, app_id: str, user_id: str, key_id: str, owed: Sequence[Owed]) -> bool:
        """Delete a user's key and the sessions opened with it; False if there is none."""

        def work(transaction: Transaction) -> bool:
            if not transaction.execute(_DELETE_KEY, app_id, user_id, key_id):
                return False
            transaction.execute(_DELETE_SESSIONS_OF_KEY, app_id, user_id, key_id)
            insert_owed(transaction, owed)
            return True

        return await self._database.write(work)


def insert_api_key(transaction: Transaction, new: NewApiKey) -> None:
    """Keep a key within a larger write. Raises TooManyKeys, KeyNameTaken."""
    key = new.key
    if key.kind == ApiKeyKind.SERVER:
        found = transaction.execute(_COUNT_SERVER_KEYS, key.app_id, key.name)
    else:
        found = transaction.execute(_COUNT_KEYS, key.app_id, key.user_id, key.name)
    ((keys, namesakes),) = found
    if namesakes:
        raise KeyNameTaken(key.name)
    if cast("int", keys) >= new.limit:
        raise TooManyKeys(key.user_id)
    transaction.execute(
        _INSERT_KEY, key.id, key.app_id, key.user_id, key.kind.value, key.name, int(key.disabled),
        to_milliseconds(key.created_at), new.key_hash,
    )  # fmt: skip


def _key(row: Row) -> ApiKey:
    id_, app_id, user_id, kind, name = cast("list[str]", row[:5])
    return ApiKey(
        id=id_,
        app_id=app_id,
        user_id=user_id,
        kind=ApiKeyKind(kind),
        name=name,
        disabled=bool(row[5]),
        created_at=from_milliseconds(cast("int", row[6])),
    )
