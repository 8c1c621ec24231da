"""Deploys folders again when they change."""

from __future__ import annotations

import asyncio
import logging
import os
from pathlib import Path
from typing import TypeAlias

from runtime.errors import SandboxError
from server.cli.deploying import deploy_folders
from server.store import StoreError
from server.versions.compiling import DeployFailed
from server.versions.deployer import Deployer

PAUSE = 0.5
"""Seconds between two looks at the folders."""
Look: TypeAlias = frozenset[tuple[str, int, int]]

_log = logging.getLogger(__name__)


async def redeploy_changes(seen: dict[Path, Look], deployer: Deployer) -> None:
    """Look for changes until cancelled; a folder that cannot be deployed leaves the version before it in place.

    `seen` is how the folders looked before they were deployed, so that no change goes unnoticed in between.
    """
    while True:
        await asyncio.sleep(PAUSE)
        for folder in tuple(seen):
            look = await asyncio.to_thread(look_at, folder)
            if look != seen[folder]:
                seen[folder] = look
                await _redeploy(folder, deployer)


async def _redeploy(folder: Path, deployer: Deployer) -> None:
    try:
        await deploy_folders([folder], deployer)
    except (DeployFailed, SandboxError, StoreError) as error:
        for line in str(error).splitlines():
            _log.error("%s", line.strip())
        _log.error("the version of %s before goes on", folder)
    else:
        _log.info("changes of %s are deployed", folder)


def look_at(folder: Path) -> Look:
    """Name, size and time of change of every file in the folder."""
    found = set()
    for directory, _, names in os.walk(folder):
        for name in names:
            path = Path(directory, name)
            try:
                status = path.stat()
            except OSError:
                continue
            found.add((str(path), status.st_size, status.st_mtime_ns))
    return frozenset(found)
