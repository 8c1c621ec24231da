"""Answers about an app and what it is configured with; moments are in seconds (contract 12.3)."""

from __future__ import annotations

from typing_extensions import TypedDict

from server.api.admin.answers.closed import Closed


class App(Closed):
    """An app."""

    _id: str
    client_app_id: str
    name: str
    domain_id: str
    group_id: str
    location: str
    deployment_model: str
    provider_region: str
    environment: str
    product: str
    last_used: int
    last_modified: int


class Object(TypedDict):
    """An object of an app, with the fields of its kind."""

    _id: str


class SecretName(Closed):
    """A secret without its text."""

    _id: str
    name: str
    last_modified: int


class Expiration(Closed):
    """How long a refresh token lives."""

    expiration_time_seconds: int


class AllowedAddress(Closed):
    """An entry of an access list."""

    _id: str
    address: str
    comment: str
    includes_current: bool


class AccessList(Closed):
    """From where clients are served, and where the administrator is."""

    allowed_ips: list[AllowedAddress]
    current_ip: str
