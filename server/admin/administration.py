"""All that the Admin API works with."""

from __future__ import annotations

from dataclasses import dataclass

from server.admin.sessions import AdministratorSessions
from server.admin.workspace import Workspace
from server.versions.deployer import Deployer


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """Sessions of administrators, what they edit, and what deploys it."""

    sessions: AdministratorSessions
    workspace: Workspace
    deployer: Deployer
