"""The forms of the Admin API's answers (contract 12); moments are in seconds unless said otherwise."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict
from typing_extensions import TypedDict


class Closed(TypedDict):
    """Has the fields that it names and no others."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]


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
    totalCount: int


class Clusters(Closed):
    """The group's Atlas clusters: none, since data sources are linked by their URIs."""

    results: list[dict[str, Any]]
    totalCount: int


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


class Draft(Closed):
    """An open draft."""

    _id: str
    user_id: str
    app: dict[str, str]


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


class DeploymentDiff(Closed):
    """What changes: files by path, lines and powers in words; powers are null where a version cannot be read."""

    diffs: list[str]
    files: dict[str, str]
    powers: list[str] | None


class FolderDiff(DeploymentDiff):
    """What deploying an upload would change of what is served."""

    warnings: list[str]


class DraftDiff(DeploymentDiff):
    """What a draft would change of what is served, and what vendor tools look for beside it."""

    warnings: list[str]
    hosting_files_diff: dict[str, list[str]]
    dependencies_diff: DependenciesDiff
    graphql_config_diff: dict[str, list[str]]
    schema_options_diff: dict[str, list[str]]


class Deployment(Closed):
    """An attempt to serve a version; `status` is created, pending, successful or failed."""

    _id: str
    name: str
    number: int
    app_id: str
    version: str
    draft_id: str
    user_id: str
    deployed_at: int
    origin: str
    commit: str
    status: str
    served: bool
    status_error_message: str
    diff_url: str
    remote_location: str


class Object(TypedDict):
    """An object of an app, with the fields of its kind."""

    _id: str


class SecretName(Closed):
    """A secret without its text."""

    _id: str
    name: str
    last_modified: int


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


class ServerKey(Closed):
    """A server key without its text."""

    _id: str
    name: str
    disabled: bool


class NewServerKey(ServerKey):
    """A server key, and its text, this once."""

    key: str


class FunctionRun(TypedDict):
    """What a function returned, in canonical Extended JSON, and what it wrote to the console."""

    result: Any
    logs: list[str] | None
    error_logs: list[str] | None
    error: str | None
    stats: dict[str, Any]


class Logs(TypedDict):
    """A page of log entries; where there are more, also `nextEndDate` and `nextSkip`."""

    logs: list[dict[str, Any]]


class RecordingEntry(Closed):
    """A recorded call as lists show it; moments in ISO 8601."""

    _id: str
    function_name: str
    version: str
    failed: bool
    created: str
    expires: str
    bytes: int


class RecordedCall(RecordingEntry):
    """What was called, what it asked and got, what it printed, how it ended; the result is Extended JSON."""

    user_id: str | None
    arguments: list[Any]
    error: str | None
    host_calls: list[dict[str, Any]]
    logs: list[str]
    result: str | None


class RecordingFile(RecordingEntry):
    """A recording in base64, with placeholders for the secrets of these names."""

    nonce: str
    error: str | None
    user_id: str | None
    secrets: list[str]
    recording: str


class Difference(Closed):
    """What was recorded at a place, and what happened now."""

    place: str
    recorded: str | None
    now: str | None


class Replay(RecordingEntry):
    """How a recorded call ended when it was run again."""

    replayed_version: str
    same: bool
    differences: list[Difference]
    result: str | None
    error: str | None
    logs: list[str]


class QueuedEvent(Closed):
    """An event of a trigger; moments in ISO 8601."""

    _id: str
    type: str
    trigger_name: str
    function_name: str
    created: str
    attempts: int
    attempts_allowed: int
    error: str | None


class WaitingEvent(QueuedEvent):
    """An event that is owed; due null: now, or when the one before it is done."""

    due: str | None
    running: bool


class DeadEvent(QueuedEvent):
    """An event that was given up."""

    died: str


class DeadEventInFull(DeadEvent):
    """An event that was given up, with what its function got."""

    arguments: list[Any]


class TriggerState(Closed):
    """Where a trigger stands that watches."""

    name: str
    type: str
    status: str
    reason: str


class TriggerQueue(Closed):
    """What an app's triggers owe."""

    triggers: list[TriggerState]
    waiting: int
    events: list[WaitingEvent]


class UserSession(Closed):
    """A session of a user; moments in ISO 8601."""

    _id: str
    provider_type: str
    device_id: str
    created: str
    expires: str


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


class AutomaticDeployment(Closed):
    """Whether changes of the app's folder are deployed."""

    enabled: bool
    provider: str


class DeployConfig(Closed):
    """How the app comes to be deployed."""

    ui_drafts_disabled: bool
    automatic_deployment: AutomaticDeployment
    last_modified: int
