"""Answers about an app's users, their sessions and its server keys; moments are in seconds unless said otherwise."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from server.api.admin.answers.closed import Closed


class Identity(Closed):
    """By what a user logs in."""

    id: str
    provider_type: str
    provider_id: str
    provider_data: dict[str, Any]


class User(Closed):
    """A user; 0 is the moment of what never was."""

    _id: str
    identities: list[Identity]
    type: str
    creation_date: int
    last_authentication_date: int
    disabled: bool
    data: dict[str, Any]


class Device(TypedDict):
    """A device of a user, with what its client said of it."""

    _id: str
    last_seen: int


class PendingUser(Closed):
    """A registration that is not confirmed."""

    _id: str
    domain_id: str
    login_ids: list[dict[str, str]]


class UserSession(Closed):
    """A session of a user; moments in ISO 8601."""

    _id: str
    provider_type: str
    device_id: str
    created: str
    expires: str


class ServerKey(Closed):
    """A server key without its text."""

    _id: str
    name: str
    disabled: bool


class NewServerKey(ServerKey):
    """A server key, and its text, this once."""

    key: str
