"""Reads app folders and deploys them, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from server.apps.folder import AppFolder, OpenedFolder, open_folder
from server.apps.problems import AppFolderError
from server.context.deployment import Deployment
from server.versions.compiling import DeployFailed, compile_app
from server.versions.deployer import CompiledFolder, Deployer
from server.versions.following import together
from server.versions.tree import normalised

AT_ONCE = 16
"""Folders that are compiled at once."""
Given = TypeVar("Given")
Made = TypeVar("Made")


async def open_folders(folders: Sequence[Path]) -> list[OpenedFolder]:
    """The folders with their files in memory. Raises DeployFailed."""

    def read(part: Sequence[Path]) -> Iterator[OpenedFolder]:
        for folder in part:
            with _naming(folder):
                yield open_folder(folder)

    return [one for part in together(folders) for one in await asyncio.to_thread(lambda part: list(read(part)), part)]


async def compile_folder(folder: Path, deployer: Deployer) -> Deployment:
    """One folder's app, ready to be served. Raises DeployFailed."""
    (compiled,) = await compile_folders(await open_folders([folder]), deployer)
    return compiled.deployment


async def compile_folders(folders: Sequence[OpenedFolder], deployer: Deployer) -> list[CompiledFolder]:
    """Each folder's app, ready to be served. Raises DeployFailed."""
    read: list[tuple[Path, AppFolder]] = []
    for part in together(folders):
        read += zip([one.folder for one in part], await _read(part, deployer), strict=True)
    return await _each(lambda one: _compile(*one, deployer), read)


async def deploy_folders(folders: Sequence[Path], deployer: Deployer) -> list[str]:
    """Deploy every folder; only when all are ready does any of them serve. The app ids. Raises DeployFailed."""
    return await deploy_opened(await open_folders(folders), deployer)


async def deploy_opened(folders: Sequence[OpenedFolder], deployer: Deployer) -> list[str]:
    """As `deploy_folders`, of folders as they were when they were opened."""
    compiled = await compile_folders(folders, deployer)
    seen: dict[str, Path] = {}
    for one in compiled:
        app_id = one.deployment.app.app_id
        if app_id in seen:
            raise DeployFailed(f"{one.folder} and {seen[app_id]} are both app '{app_id}'")
        seen[app_id] = one.folder
    await deployer.adopt(compiled)
    return list(seen)


async def _read(folders: Sequence[OpenedFolder], deployer: Deployer) -> list[AppFolder]:
    """What the folders hold; one way to the store and one to a thread for all, which take longer than most apps."""
    for one in folders:
        deployer.trust(one.app_id)
    secrets = await deployer.secrets_of({one.app_id for one in folders})

    def read() -> Iterator[AppFolder]:
        for one in folders:
            with _naming(one.folder):
                yield one.read(secrets[one.app_id])

    return await asyncio.to_thread(lambda: list(read()))


async def _compile(folder: Path, read: AppFolder, deployer: Deployer) -> CompiledFolder:
    with _naming(folder):
        deployment = await compile_app(read.app, deployer.sandboxes)
    # the files hold by now what the compiler has read of the packages, too
    return CompiledFolder(folder=folder, deployment=deployment, tree=normalised(read.files), secrets=read.secrets)


@contextmanager
def _naming(folder: Path) -> Iterator[None]:
    """Failures name the folder."""
    try:
        yield
    except AppFolderError as error:
        problems = "\n".join(f"  {problem}" for problem in error.problems)
        raise DeployFailed(f"{folder} cannot be deployed:\n{problems}") from error
    except DeployFailed as error:
        raise DeployFailed(f"{folder} cannot be deployed:\n  {error}") from error


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
