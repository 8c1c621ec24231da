"""Reads app folders and deploys them, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from server.apps.folder import read_app_id, read_folder
from server.apps.problems import AppFolderError
from server.apps.source import Tree
from server.context.deployment import Deployment
from server.versions.deployer import Deployer, DeployFailed, compile_app
from server.versions.tree import normalised

AT_ONCE = 16
"""Folders that are compiled, or recorded, at once."""
Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFolder:
    """A folder's app, ready to be served, and its files."""

    folder: Path
    deployment: Deployment
    tree: Tree
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Texts that were among the files."""


async def compile_folder(folder: Path, deployer: Deployer) -> CompiledFolder:
    """The folder's app, ready to be served. Raises DeployFailed."""
    try:
        app_id = await asyncio.to_thread(read_app_id, folder)
        deployer.trust(app_id)
        secrets = await deployer.secrets(app_id)
        read = await asyncio.to_thread(read_folder, folder, secrets=secrets)
        deployment = await compile_app(read.app, deployer.sandboxes)
        return CompiledFolder(folder=folder, deployment=deployment, tree=normalised(read.files), secrets=read.secrets)
    except AppFolderError as error:
        problems = "\n".join(f"  {problem}" for problem in error.problems)
        raise DeployFailed(f"{folder} cannot be deployed:\n{problems}") from error
    except DeployFailed as error:
        raise DeployFailed(f"{folder} cannot be deployed:\n  {error}") from error


async def deploy_folders(folders: Sequence[Path], deployer: Deployer) -> list[str]:
    """Deploy every folder; only when all are ready does any of them serve. The app ids. Raises DeployFailed."""
    compiled = await _each(lambda folder: compile_folder(folder, deployer), folders)
    seen: dict[str, Path] = {}
    for one in compiled:
        app_id = one.deployment.app.app_id
        if app_id in seen:
            raise DeployFailed(f"{one.folder} and {seen[app_id]} are both app '{app_id}'")
        seen[app_id] = one.folder
    await _each(lambda one: adopt(one, deployer), compiled)
    return list(seen)


async def _each(work: Callable[[Given], Awaitable[Made]], all: Sequence[Given]) -> list[Made]:
    """What is made of each, some at a time, so that one waits for the disk or the compiler while others go on.

    Raises the first failure, when what was begun has ended.
    """
    places = asyncio.Semaphore(AT_ONCE)

    async def one(given: Given) -> Made:
        async with places:
            return await work(given)

    tasks = [asyncio.ensure_future(one(given)) for given in all]
    try:
        return [await task for task in tasks]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def adopt(compiled: CompiledFolder, deployer: Deployer) -> None:
    """Serve what was compiled from a folder."""
    await deployer.adopt(compiled.deployment, compiled.tree, str(compiled.folder), secrets=compiled.secrets)
