"""The server's plain records: users, identities, sessions, callers and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from runtime.messages import Stats
from server.causes import Cause
from server.ejson import Document
from server.events import EventOrigin

SYSTEM_USER_TYPE = "system"


class UserType(StrEnum):
    """Whom a user object stands for (contract 1.6, 4.2)."""

    NORMAL = "normal"
    SERVER = "server"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One way a user logs in; `id` is the provider's id of the person (contract 7.1)."""

    id: str
    provider_type: str
    provider_id: str
    data: Document = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user of one app; identities in the order they were linked (contract 1.6)."""

    id: str
    app_id: str
    type: UserType = UserType.NORMAL
    disabled: bool = False
    identities: tuple[Identity, ...]
    created_at: datetime
    last_authentication_at: datetime | None = None

    @property
    def data(self) -> Document:
        """The metadata of all identities, later ones winning (contract 4.4)."""
        merged: Document = {}
        for identity in self.identities:
            merged |= identity.data
        return merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a refresh token stands for; `now == expires_at` is expired."""

    id: str
    app_id: str
    user_id: str
    device_id: str
    provider_type: str
    identity_id: str
    provider_id: str
    created_at: datetime
    expires_at: datetime
    generation: int = 0
    """How often the refresh token was replaced; only the newest is good."""
    device: Document = field(default_factory=dict)
    """What the client said of its device at login; kept with the user's devices, not found with the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDescription:
    """The client's request as functions and rules see it (contract 4.4, `context.request`).

    Where no client asked, `event` is what the run answers. `administrator` is whose request it is, if one's.
    """

    remote_ip_address: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    raw_query_string: str = ""
    webhook_url: str = ""
    http_method: str = ""
    service: str = ""
    action: str = ""
    event: EventOrigin | None = None
    administrator: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCaller:
    """An end user who calls; `custom_data` is what the access token carries, `session_id` the session it is of."""

    user: User
    custom_data: Document = field(default_factory=dict)
    request: RequestDescription = field(default_factory=RequestDescription)
    session_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemCaller:
    """The system user, with the reason why it was granted; rules do not apply to it (contract 4.2).

    `user` is the end user on whose behalf a function was escalated, where there is one.
    """

    reason: str
    user: User | None = None
    custom_data: Document = field(default_factory=dict)
    request: RequestDescription = field(default_factory=RequestDescription)


Caller: TypeAlias = UserCaller | SystemCaller


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One finished request, function or trigger run, for the app's author (contract 12.5)."""

    id: str
    app_id: str
    type: str
    function_name: str | None
    user_id: str | None
    error: str | None
    error_code: str | None
    messages: tuple[str, ...]
    started_at: datetime
    completed_at: datetime
    co_id: str = ""
    """The id of the request that led to it, which its error's link carries; empty: no client asked."""
    stats: Stats | None = None
    """What the run used."""
    provider_type: str | None = None
    """Of an authentication: the provider that was asked."""
    auth_event: str | None = None
    """What was asked of it: `login`, `link`, or for one request of an endpoint `request`."""
    remote_ip_address: str = ""
    arguments: str | None = None
    """The run's arguments as JSON, where the app's policy wants them kept."""
    claimed_login: str | None = field(default=None, compare=False)
    """Of a refused login: the name that somebody claimed; it is not kept, but the id of the user who has it."""
    cause: Cause | None = field(default=None, compare=False)
    """The call or login that led to it; it is not kept, but exported."""
    number: int = field(default=0, compare=False)
    """The place in the order in which entries were kept; given when it is."""


class FaultKind(StrEnum):
    """What a rehearsed fault does to a call."""

    DELAY = "delay"
    TRAP = "trap"
    GARBAGE = "garbage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A failure that an operator has a function show; `delay` in seconds, `until` aware and itself over."""

    app_id: str
    function_name: str
    kind: FaultKind
    delay: float = 0.0
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKeyRow:
    """A stored private key (PEM, PKCS#8) and its key id."""

    id: str
    private_key: bytes
    created_at: datetime
