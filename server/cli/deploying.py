"""Reads app folders and deploys them, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from runtime.errors import BuildFailed
from runtime.supervisor import Sandboxes
from server.apps.folder import read_app
from server.apps.problems import AppFolderError
from server.calls.registry import Registry
from server.context.deployment import Deployment, deploy
from server.rules.compile import RulesError
from server.rules.operands import RuleError


class DeployFailed(Exception):
    """A folder that cannot be served; the message says why, a problem a line. Nothing of it was deployed."""


async def deploy_folder(folder: Path, secrets: Mapping[str, str], sandboxes: Sandboxes) -> Deployment:
    """The folder's app, ready to be served. Raises DeployFailed."""
    try:
        app = await asyncio.to_thread(read_app, folder, secrets=secrets)
        return await deploy(app, sandboxes, now=datetime.now(UTC))
    except AppFolderError as error:
        problems = "\n".join(f"  {problem}" for problem in error.problems)
        raise DeployFailed(f"{folder} cannot be deployed:\n{problems}") from error
    except (BuildFailed, RulesError, RuleError) as error:
        raise DeployFailed(f"{folder} cannot be deployed:\n  {error}") from error


async def deploy_folders(
    folders: Sequence[Path], secrets: Mapping[str, str], sandboxes: Sandboxes, registry: Registry
) -> list[Deployment]:
    """Deploy every folder; only when all are ready does any of them serve. Raises DeployFailed."""
    deployments = [await deploy_folder(folder, secrets, sandboxes) for folder in folders]
    seen: dict[str, Path] = {}
    for folder, deployment in zip(folders, deployments, strict=True):
        app_id = deployment.app.app_id
        if app_id in seen:
            raise DeployFailed(f"{folder} and {seen[app_id]} are both app '{app_id}'")
        seen[app_id] = folder
    for deployment in deployments:
        registry.put(deployment)
    return deployments
