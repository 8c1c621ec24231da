"""Answers about drafts and deployments; moments are in seconds."""

from __future__ import annotations

from server.api.admin.answers.closed import Closed
from server.api.admin.answers.dependencies import DependenciesDiff


class Draft(Closed):
    """An open draft."""

    _id: str
    user_id: str
    app: dict[str, str]


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


class AutomaticDeployment(Closed):
    """Whether changes of the app's folder are deployed."""

    enabled: bool
    provider: str


class DeployConfig(Closed):
    """How the app comes to be deployed."""

    ui_drafts_disabled: bool
    automatic_deployment: AutomaticDeployment
    last_modified: int
