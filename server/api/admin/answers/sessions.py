"""Answers about who an administrator is and what the installation has (contract 12.1, 12.2)."""

from __future__ import annotations

from typing import Any

from server.api.admin.answers.closed import Closed


class Session(Closed):
    """What a login gives."""

    access_token: str
    refresh_token: str
    user_id: str
    device_id: str


class AccessToken(Closed):
    """What refreshing gives."""

    access_token: str


class Grant(Closed):
    """A role of an administrator; of all apps where `app_id` is null."""

    role_name: str
    group_id: str
    app_id: str | None
    powers: list[str]


class Profile(Closed):
    """Who an administrator is."""

    user_id: str
    domain_id: str
    identities: list[dict[str, Any]]
    data: dict[str, Any]
    type: str
    roles: list[Grant]


class Version(Closed):
    """Which server answers."""

    version: str


class Group(Closed):
    """A project, as the Atlas API lists them."""

    id: str
    name: str


class Groups(Closed):
    """The installation's one group."""

    results: list[Group]
    totalCount: int  # noqa: N815 - the wire's name


class Clusters(Closed):
    """The group's Atlas clusters: none, since data sources are linked by their URIs."""

    results: list[dict[str, Any]]
    totalCount: int  # noqa: N815 - the wire's name
