"""Plain records of administrators: who they are and what they may do with which app."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AdministratorKind(StrEnum):
    """By what an administrator logs in, named as the provider is (contract 12.1)."""

    PASSWORD = "local-userpass"  # noqa: S105 - a provider's name
    KEY_PAIR = "mongodb-cloud"


class Role(StrEnum):
    """What an administrator is to an app."""

    OWNER = "owner"
    DEPLOYER = "deployer"
    SUPPORT = "support"
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role in one app, by client app id; in all apps, those to come included, where `app_id` is None."""

    role: Role
    app_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Administrator:
    """An administrator; `login` is a username or a public key."""

    id: str
    kind: AdministratorKind
    login: str
    secret_hash: str = field(repr=False)
    grants: tuple[Grant, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorSession:
    """A session of an administrator."""

    id: str
    administrator_id: str
    created_at: datetime
    expires_at: datetime
