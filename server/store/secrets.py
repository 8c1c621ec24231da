"""Secrets in the database: names, and texts that only the holder of a key outside it can read."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import cast

from server.store.deployments import touch_app
from server.store.errors import NameTaken
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction
from server.version_records import SecretRecord

_COLUMNS = "app_id, name, id, ciphertext, modified_at"
_FIND = f"SELECT {_COLUMNS} FROM secrets WHERE app_id = ? ORDER BY name"  # noqa: S608 - constants
_FIND_OF_APPS = f"""
    SELECT {_COLUMNS} FROM secrets WHERE app_id IN (SELECT value FROM json_each(?)) ORDER BY app_id, name
"""  # noqa: S608 - constants
_INSERT = f"INSERT INTO secrets ({_COLUMNS}) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"  # noqa: S608 - constants
_REPLACE = """
    UPDATE OR IGNORE secrets SET name = ?, ciphertext = ?, modified_at = ? WHERE app_id = ? AND id = ? RETURNING id
"""
_DELETE = "DELETE FROM secrets WHERE app_id = ? AND id = ? RETURNING id"


class Secrets(StorePart):
    """What is kept of secrets; every change has all processes look at the app again."""

    async def find_secrets(self, app_id: str) -> list[SecretRecord]:
        """The app's secrets, by name."""
        return [_secret(row) for row in await self._database.read(_FIND, app_id)]

    async def has_secrets(self) -> bool:
        """Whether any app has a secret."""
        return bool(await self._database.read("SELECT 1 FROM secrets LIMIT 1"))

    async def find_secrets_of(self, app_ids: Collection[str]) -> list[SecretRecord]:
        """The secrets of these apps, by app and name."""
        return [_secret(row) for row in await self._database.read(_FIND_OF_APPS, json.dumps(list(app_ids)))]

    async def add_secret(self, secret: SecretRecord) -> None:
        """Keep a secret. Raises NameTaken."""

        def work(transaction: Transaction) -> None:
            given = (secret.app_id, secret.name, secret.id, secret.ciphertext, to_milliseconds(secret.modified_at))
            if not transaction.execute(_INSERT, *given):
                raise NameTaken(secret.name)
            touch_app(transaction, secret.app_id)

        await self._database.write(work)

    async def replace_secret(self, secret: SecretRecord) -> None:
        """Give the secret of that id another name or text. Raises NameTaken."""

        def work(transaction: Transaction) -> None:
            given = (secret.name, secret.ciphertext, to_milliseconds(secret.modified_at), secret.app_id, secret.id)
            if not transaction.execute(_REPLACE, *given):
                raise NameTaken(secret.name)
            touch_app(transaction, secret.app_id)

        await self._database.write(work)

    async def delete_secret(self, app_id: str, id_: str) -> bool:
        """Forget a secret; False where there is none of that id."""

        def work(transaction: Transaction) -> bool:
            touch_app(transaction, app_id)
            return bool(transaction.execute(_DELETE, app_id, id_))

        return await self._database.write(work)


def _secret(row: Row) -> SecretRecord:
    app_id, name, id_, ciphertext, modified_at = row
    return SecretRecord(
        app_id=cast("str", app_id),
        name=cast("str", name),
        id=cast("str", id_),
        ciphertext=cast("bytes", ciphertext),
        modified_at=from_milliseconds(cast("int", modified_at)),
    )
