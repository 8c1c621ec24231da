"""Answers about the npm packages of an app; moments are in seconds."""

from __future__ import annotations

from server.api.admin.answers.closed import Closed


class PackageVersion(Closed):
    """An npm package."""

    name: str
    version: str


class ChangedPackage(PackageVersion):
    """An npm package in another version."""

    previous_version: str


class DependenciesDiff(Closed):
    """What changes of an app's npm packages."""

    added: list[PackageVersion]
    deleted: list[PackageVersion]
    modified: list[ChangedPackage]


class Dependencies(Closed):
    """The npm packages of an app."""

    _id: str
    location: str
    user_id: str
    last_modified: int
    dependencies_list: list[PackageVersion]


class Installation(Closed):
    """Whether the packages are all there: `successful` or `failed`."""

    status: str
    status_message: str
