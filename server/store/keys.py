"""Signing keys in the database."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from server.records import SigningKeyRow
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

_FIND_KEYS = "SELECT id, private_key, created_at FROM signing_keys ORDER BY created_at, id"
_INSERT_FIRST_KEY = """
    INSERT INTO signing_keys (id, private_key, created_at)
    SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM signing_keys)
    RETURNING id
"""
_INSERT_NEWER_KEY = """
    INSERT INTO signing_keys (id, private_key, created_at)
    SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM signing_keys WHERE created_at > ?4)
    RETURNING id
"""
_DELETE_KEY = """
    DELETE FROM signing_keys WHERE id = ?1 AND EXISTS (SELECT 1 FROM signing_keys WHERE id <> ?1) RETURNING id
"""


class Keys(StorePart):
    """What is kept of the keys that sign tokens."""

    async def signing_keys(self) -> list[SigningKeyRow]:
        """All keys, oldest first."""
        return [_key(row) for row in await self._database.read(_FIND_KEYS)]

    async def add_signing_key(self, key: SigningKeyRow) -> bool:
        """Keep the key if there is none yet; False, and nothing written, if another process was first."""

        def work(transaction: Transaction) -> bool:
            created_at = to_milliseconds(key.created_at)
            return bool(transaction.execute(_INSERT_FIRST_KEY, key.id, key.private_key, created_at))

        return await self._database.write(work)

    async def rotate_signing_key(self, key: SigningKeyRow, *, unless_after: datetime) -> bool:
        """Keep one more key, unless there is one made after that moment; False if another process was first."""

        def work(transaction: Transaction) -> bool:
            created_at, after = to_milliseconds(key.created_at), to_milliseconds(unless_after)
            return bool(transaction.execute(_INSERT_NEWER_KEY, key.id, key.private_key, created_at, after))

        return await self._database.write(work)

    async def delete_signing_key(self, key_id: str) -> bool:
        """Forget a key, and with it every token that it signed; False if there is none, or no other."""
        return await self._database.write(lambda transaction: bool(transaction.execute(_DELETE_KEY, key_id)))


def _key(row: Row) -> SigningKeyRow:
    id_, private_key, created_at = row
    return SigningKeyRow(
        id=cast("str", id_),
        private_key=cast("bytes", private_key),
        created_at=from_milliseconds(cast("int", created_at)),
    )
