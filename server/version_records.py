"""Plain records of versions: what is kept of an app, its drafts and its deployments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeploymentStatus(StrEnum):
    """How far a deployment has come (contract 12.2)."""

    CREATED = "created"
    PENDING = "pending"
    SUCCESSFUL = "successful"
    FAILED = "failed"


class Origin(StrEnum):
    """What led to a deployment."""

    FOLDER = "folder"
    DRAFT = "draft"
    EDIT = "edit"
    REDEPLOYMENT = "redeployment"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredApp:
    """An app that is kept; `deployment_id` is served now, `revision` grows when processes must look again.

    `automatic_deployment`: changes of the app's folder are deployed.
    """

    app_id: str
    created_at: datetime
    deployment_id: str | None
    revision: int
    automatic_deployment: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentRecord:
    """One attempt to serve a version; `number` counts an app's from 1, `author` names an administrator or a folder.

    `holder` is the process that goes on with it while it is under way; it is not read back.
    """

    app_id: str
    number: int
    id: str
    version: str
    origin: Origin
    author: str
    draft_id: str = ""
    holder: str = ""
    comment: str = ""
    status: DeploymentStatus = DeploymentStatus.CREATED
    problem: str = ""
    created_at: datetime
    deployed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppStanding:
    """An app, the deployment of it that is served, and the version that its folder brought last, if any did."""

    app: StoredApp
    served: DeploymentRecord | None
    folder_version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRecord:
    """The open draft of an app: the version it began from, and the version it is now."""

    app_id: str
    id: str
    author: str
    base_version: str
    version: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRecord:
    """A secret as it is kept: nothing of its text can be read from it."""

    app_id: str
    name: str
    id: str
    ciphertext: bytes
    modified_at: datetime
