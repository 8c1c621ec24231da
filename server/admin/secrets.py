"""Secrets of an app: set, renamed, deleted, and never shown again (contract 12.3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from server.admin.objects.storage import JsonObject
from server.apps.names import why_not_secret
from server.auth.ids import new_id
from server.errors import AppError, ErrorCode
from server.store.errors import NameTaken
from server.version_records import SecretRecord
from server.versions.deployer import Deployer

LONGEST = 16 * 1024
"""Characters of a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSecrets:
    """The secrets of one app; each change is followed by every process at once."""

    app_id: str
    deployer: Deployer

    async def list(self) -> list[JsonObject]:
        """Ids and names."""
        return [_shown(record) for record in await self.deployer.store.find_secrets(self.app_id)]

    async def add(self, name: str, text: str) -> JsonObject:
        """Keep a secret. Raises AppError SecretDuplicateName."""
        _check(name, text)
        record = SecretRecord(
            app_id=self.app_id,
            name=name,
            id=new_id(),
            ciphertext=self.deployer.box.seal(self.app_id, name, text),
            modified_at=datetime.now(UTC),
        )
        try:
            await self.deployer.store.add_secret(record)
        except NameTaken:
            raise _taken(name) from None
        await self.deployer.catch_up()
        return _shown(record)

    async def replace(self, id_: str, name: str, text: str) -> None:
        """Another name or text; an empty text keeps the old one. Raises AppError."""
        record = await self._find(id_)
        kept = text or self.deployer.box.unseal(self.app_id, record.name, record.ciphertext)
        name = name or record.name
        _check(name, kept)
        sealed = self.deployer.box.seal(self.app_id, name, kept)
        try:
            await self.deployer.store.replace_secret(
                replace(record, name=name, ciphertext=sealed, modified_at=datetime.now(UTC))
            )
        except NameTaken:
            raise _taken(name) from None
        await self.deployer.catch_up()

    async def delete(self, id_: str) -> None:
        """Forget a secret; what still refers to it goes on with the old text until the next deployment, which fails."""
        if not await self.deployer.store.delete_secret(self.app_id, id_):
            raise _unknown(id_)
        await self.deployer.catch_up()

    async def _find(self, id_: str) -> SecretRecord:
        for record in await self.deployer.store.find_secrets(self.app_id):
            if record.id == id_:
                return record
        raise _unknown(id_)


def _unknown(id_: str) -> AppError:
    return AppError(ErrorCode.SECRET_NOT_FOUND, f'secret not found: "{id_[:64]}"')


def _check(name: str, text: str) -> None:
    why_not = why_not_secret(name)
    if why_not:
        raise AppError(ErrorCode.INVALID_PARAMETER, why_not)
    if not text or len(text) > LONGEST:
        raise AppError(ErrorCode.INVALID_PARAMETER, f"a secret has 1 to {LONGEST} characters")


def _taken(name: str) -> AppError:
    return AppError(ErrorCode.SECRET_DUPLICATE_NAME, f"a secret named '{name}' already exists")


def _shown(record: SecretRecord) -> JsonObject:
    return {"_id": record.id, "name": record.name, "last_modified": int(record.modified_at.timestamp())}
