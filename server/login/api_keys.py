"""A user's own API keys, and the server keys of an app: made, listed, disabled, deleted (contract 1.7, 12.3)."""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from server.apps.authentication import ProviderType
from server.auth.ids import new_id
from server.calls.calling import Calls
from server.context.deployment import Deployment
from server.ejson import Value
from server.errors import AppError, ErrorCode
from server.login.api_key import hash_key
from server.login.audit import audit_entry
from server.login.sessions import Sessions
from server.login.tokens import NO_SESSION
from server.login.user_creation import NewUser, create_user
from server.login_records import ApiKey, ApiKeyKind, AuditEntry, AuditEvent, NewApiKey
from server.records import Identity, RequestDescription, Session, User, UserType
from server.store.errors import KeyNameTaken, ProofGone, TooManyKeys

MOST_KEYS = 20
"""Keys of one user (contract 1.7)."""
MOST_SERVER_KEYS = 1000
LETTERS = 64
"""Letters and digits of a key: 381 bits of chance."""
_ALPHABET = string.ascii_letters + string.digits
_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key and its text, which is shown this once."""

    key: ApiKey
    text: str = field(repr=False)


class ApiKeys:
    """What users and administrators may do with keys."""

    def __init__(self, calls: Calls, sessions: Sessions) -> None:
        self._calls = calls
        self._store = calls.store
        self._sessions = sessions

    async def create(
        self, deployment: Deployment, session: Session, name: Value, request: RequestDescription
    ) -> NewKey:
        """A new key of the session's user. Raises AppError: MissingParameter, InvalidParameter, APIKeyAlreadyExists."""
        deployment.app.provider(ProviderType.API_KEY)
        user = await self._store.find_user(session.app_id, session.user_id)
        if user is None or all(identity.provider_type == ProviderType.ANONYMOUS for identity in user.identities):
            raise AppError(ErrorCode.INVALID_PARAMETER, "anonymous users cannot have API keys")
        made = _new_key(session.app_id, session.user_id, ApiKeyKind.USER, _name(name))
        owed = [_audit(made.key, AuditEvent.API_KEY_CREATED, request)]
        kept = NewApiKey(key=made.key, key_hash=hash_key(made.text), limit=MOST_KEYS)
        try:
            await self._store.add_api_key(kept, owed, proof=session)
        except ProofGone:
            raise AppError(ErrorCode.INVALID_SESSION, NO_SESSION) from None
        except KeyNameTaken:
            raise _name_taken() from None
        except TooManyKeys:
            raise AppError(ErrorCode.INVALID_PARAMETER, f"a user has at most {MOST_KEYS} API keys") from None
        return made

    async def create_server_key(self, deployment: Deployment, name: Value, request: RequestDescription) -> NewKey:
        """A new key with a server user of its own, whose identity is the key. Raises AppError as for users."""
        provider = deployment.app.provider(ProviderType.API_KEY)
        app_id, user_id, now = deployment.app.app_id, new_id(), datetime.now(UTC)
        made = _new_key(app_id, user_id, ApiKeyKind.SERVER, _name(name))
        identity = Identity(
            id=made.key.id, provider_type=provider.type, provider_id=provider.id, data={"name": made.key.name}
        )
        user = User(id=user_id, app_id=app_id, type=UserType.SERVER, identities=(identity,), created_at=now)
        kept = NewApiKey(key=made.key, key_hash=hash_key(made.text), limit=MOST_SERVER_KEYS)
        owed = [_audit(made.key, AuditEvent.API_KEY_CREATED, request)]
        try:
            await create_user(self._calls, deployment, NewUser(user=user, api_key=kept, owed=owed), request)
        except KeyNameTaken:
            raise _name_taken() from None
        except TooManyKeys:
            raise AppError(ErrorCode.INVALID_PARAMETER, f"an app has at most {MOST_SERVER_KEYS} server keys") from None
        return made

    async def server_keys(self, app_id: str) -> Sequence[ApiKey]:
        """The app's server keys, oldest first."""
        return await self._store.find_server_keys(app_id)

    async def set_server_key_disabled(
        self, app_id: str, key_id: str, request: RequestDescription, *, disabled: bool
    ) -> None:
        """Disable or enable a server key. Raises AppError APIKeyNotFound."""
        key = await self._server_key(app_id, key_id, _unknown_key(key_id))
        event = AuditEvent.API_KEY_DISABLED if disabled else AuditEvent.API_KEY_ENABLED
        owed = [_audit(key, event, request)]
        await self._store.set_api_key_disabled(app_id, key.user_id, key.id, owed, disabled=disabled)

    async def delete_server_key(self, deployment: Deployment, key_id: str, request: RequestDescription) -> None:
        """Delete a server key and the server user whom it stands for. Raises AppError APIKeyNotFound."""
        refusal = AppError(ErrorCode.API_KEY_NOT_FOUND, "API key not found")
        key = await self._server_key(deployment.app.app_id, key_id, refusal)
        user = await self._store.find_user(key.app_id, key.user_id)
        if user is not None:
            await self._sessions.delete_user(deployment, user, request)
        await self._store.add_audit_entries([_audit(key, AuditEvent.API_KEY_DELETED, request)])

    async def _server_key(self, app_id: str, key_id: str, refusal: AppError) -> ApiKey:
        for key in await self.server_keys(app_id):
            if key.id == key_id:
                return key
        raise refusal

    async def list(self, session: Session) -> Sequence[ApiKey]:
        """The user's keys, oldest first."""
        return await self._store.find_api_keys(session.app_id, session.user_id)

    async def find(self, session: Session, key_id: str) -> ApiKey:
        """One of the user's keys. Raises AppError APIKeyNotFound."""
        for key in await self.list(session):
            if key.id == key_id:
                return key
        raise AppError(ErrorCode.API_KEY_NOT_FOUND, "API key not found")

    async def set_disabled(self, session: Session, key_id: str, request: RequestDescription, *, disabled: bool) -> None:
        """Disable or enable one of the user's keys, if it is not so already. Raises AppError APIKeyNotFound."""
        try:
            key = await self.find(session, key_id)
        except AppError:
            raise _unknown_key(key_id) from None
        if key.disabled != disabled:
            event = AuditEvent.API_KEY_DISABLED if disabled else AuditEvent.API_KEY_ENABLED
            owed = [_audit(key, event, request)]
            await self._store.set_api_key_disabled(key.app_id, key.user_id, key.id, owed, disabled=disabled)

    async def delete(self, session: Session, key_id: str, request: RequestDescription) -> None:
        """Delete one of the user's keys. Raises AppError: KeyInUse for the key of this very session, APIKeyNotFound."""
        key = await self.find(session, key_id)
        if session.provider_type == ProviderType.API_KEY and session.identity_id == key.id:
            raise AppError(ErrorCode.KEY_IN_USE, "the session was opened with this API key")
        owed = [_audit(key, AuditEvent.API_KEY_DELETED, request)]
        await self._store.delete_api_key(key.app_id, key.user_id, key.id, owed)


def _new_key(app_id: str, user_id: str, kind: ApiKeyKind, name: str) -> NewKey:
    text = "".join(secrets.choice(_ALPHABET) for _ in range(LETTERS))
    key = ApiKey(id=new_id(), app_id=app_id, user_id=user_id, kind=kind, name=name, created_at=datetime.now(UTC))
    return NewKey(key=key, text=text)


def _name(name: Value) -> str:
    if not isinstance(name, str) or not name:
        raise AppError(ErrorCode.MISSING_PARAMETER, "'name' is a required string.")
    if not _NAME.fullmatch(name):
        text = "can only contain ASCII letters, numbers, underscores, and hyphens"
        raise AppError(ErrorCode.INVALID_PARAMETER, text)
    return name


def _unknown_key(key_id: str) -> AppError:
    return AppError(ErrorCode.API_KEY_NOT_FOUND, f"API key '{key_id[:64]}' doesn't exist")


def _name_taken() -> AppError:
    return AppError(ErrorCode.API_KEY_ALREADY_EXISTS, "API key with name already exists")


def _audit(key: ApiKey, event: AuditEvent, request: RequestDescription) -> AuditEntry:
    return audit_entry(
        key.app_id, event, request, user_id=key.user_id, provider_type=ProviderType.API_KEY, detail=key.name
    )
