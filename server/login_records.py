"""Plain records of logins: passwords, tickets, API keys, devices, and what is owed once something has happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from server.ejson import Document
from server.events import TriggerEvent
from server.records import Session, User


class AuditEvent(StrEnum):
    """The security events that are kept."""

    LOGIN = "login"
    USER_CREATED = "user created"
    USER_DELETED = "user deleted"
    USER_DISABLED = "user disabled"
    USER_ENABLED = "user enabled"
    USER_IMPORTED = "user imported"
    IDENTITY_LINKED = "identity linked"
    REGISTERED = "registered"
    CONFIRMATION_REQUESTED = "confirmation requested"
    CONFIRMED = "confirmed"
    RESET_REQUESTED = "password reset requested"
    PASSWORD_RESET = "password reset"  # noqa: S105 - an event's name
    LOGOUT = "logout"
    SESSIONS_REVOKED = "sessions revoked"
    TOKEN_REUSED = "refresh token reused"  # noqa: S105 - an event's name
    API_KEY_CREATED = "api key created"
    API_KEY_ENABLED = "api key enabled"
    API_KEY_DISABLED = "api key disabled"
    API_KEY_DELETED = "api key deleted"
    APP_DELETED = "app deleted"
    RECORDING_READ = "recording read"
    RECORDING_REPLAYED = "recording replayed"
    RECORDING_DELETED = "recording deleted"
    DOCUMENTS_READ = "documents read"
    DOCUMENTS_EXPORTED = "documents exported"
    DOCUMENTS_IMPORTED = "documents imported"
    INDEX_CREATED = "index created"
    INDEX_DROPPED = "index dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One security event; `error_code` says why an attempt was refused. No secret is ever part of `detail`."""

    id: str
    app_id: str
    at: datetime
    event: AuditEvent
    user_id: str | None = None
    provider_type: str | None = None
    address: str = ""
    error_code: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail owed to somebody; it may carry a secret link and is deleted once it is sent."""

    id: str
    app_id: str
    recipient: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentWrites:
    """Writes to a document file that stand or fall with what they are written beside.

    `file` is relative to the documents' directory; `made` are the ids of earlier ones that may be forgotten by now.
    """

    id: str
    app_id: str
    file: str
    data: bytes = field(repr=False)
    made: tuple[str, ...] = ()


Owed: TypeAlias = TriggerEvent | AuditEntry | Mail | DocumentWrites
"""What is written in the transaction of its cause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSession:
    """A login of a user that is about to be written: the user as of it, the session, and what it owes."""

    user: User
    session: Session
    owed: Sequence[Owed] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordAccount:
    """An address and its password; `login` is the address as it is compared, `identity_id` what it proves."""

    app_id: str
    login: str
    email: str
    identity_id: str
    hash: str = field(repr=False)
    confirmed: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Permission to do one thing once, to whoever knows its secret; `now == expires_at` is expired."""

    id: str
    app_id: str
    purpose: str
    subject: str
    secret_hash: bytes = field(repr=False)
    data: Document = field(default_factory=dict, repr=False)
    expires_at: datetime


class ApiKeyKind(StrEnum):
    """Whom an API key stands for: the user who made it, or a server user of its own (contract 12.3)."""

    USER = "user"
    SERVER = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """An API key without its text, of which only the hash is kept."""

    id: str
    app_id: str
    user_id: str
    kind: ApiKeyKind
    name: str
    disabled: bool = False
    created_at: datetime


Proof: TypeAlias = PasswordAccount | ApiKey | Session
"""What can be changed or taken away between being verified and what it is to allow, as it was verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKey:
    """An API key to keep, where its user, or for server keys the app, has fewer than `limit`."""

    key: ApiKey
    key_hash: bytes = field(repr=False)
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What a user logged in with, as the client described it (contract 1.3)."""

    id: str
    user_id: str
    description: Document
    first_seen_at: datetime
    last_seen_at: datetime
