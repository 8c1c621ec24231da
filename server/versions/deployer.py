"""Deploys versions: compiled first, then served by one write that every process follows."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from runtime.errors import SandboxError
from server.apps.model import App
from server.apps.source import Tree
from server.auth.ids import new_id
from server.context.deployment import Deployment
from server.store.deleted_apps import AppIdRetired
from server.store.errors import NameTaken
from server.store.versions import version_id
from server.version_records import AppStanding, DeploymentRecord, Origin, SecretRecord
from server.versions.compiling import DeployFailed
from server.versions.following import Follower, together
from server.versions.warnings import warnings_of

INTERRUPTED = "the server ended while it was deployed"
UNEXPECTED = "internal error: the server's log has the cause"
LAST_WAIT = 10.0
"""Seconds that a server which stops gives deployments that are under way."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploying:
    """Why a version is deployed, and by whom: a draft's administrator, or a folder.

    `based_on` is the deployment of whose files these were made; where another is served by then, they are not.
    """

    origin: Origin
    author: str
    draft_id: str = ""
    comment: str = ""
    based_on: str | None = None

    @property
    def may_be_first(self) -> bool:
        """Whether the app may be one that is not kept yet."""
        return self.based_on is None and self.origin in {Origin.FOLDER, Origin.EDIT}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledFolder:
    """A folder's app, ready to be served, and its files."""

    folder: Path
    deployment: Deployment
    tree: Tree
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Texts that were among the files."""


@dataclass(slots=True, kw_only=True)
class Deployer(Follower):
    """Records and serves, beside what its bases do."""

    _under_way: set[asyncio.Task[DeploymentRecord]] = field(default_factory=set)

    async def deploy(self, app_id: str, tree: Tree, why: Deploying) -> DeploymentRecord:
        """Serve these files as the app's new version. Raises DeployFailed, which the record has noted by then.

        Who asked may be gone before it has ended: it goes on to its end all the same.
        """

        async def work() -> DeploymentRecord:
            return await self._carry_out(await self.begin(app_id, tree, why), tree, why.based_on)

        return await asyncio.shield(self._keep(work()))

    async def start(self, app_id: str, tree: Tree, why: Deploying) -> DeploymentRecord:
        """Begin to deploy, and go on behind the back of who asked; the record says how it ends."""

        async def work() -> DeploymentRecord:
            record = await self.begin(app_id, tree, why)
            self._keep(self._carry_out(record, tree, why.based_on))
            return record

        return await asyncio.shield(self._keep(work()))

    async def end(self) -> None:
        """Wait for what is under way, for a while."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=LAST_WAIT)

    def _keep(self, work: Coroutine[None, None, DeploymentRecord]) -> asyncio.Task[DeploymentRecord]:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[DeploymentRecord]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, DeployFailed):
            _log.error("a deployment ended unexpectedly", exc_info=error)

    async def begin(self, app_id: str, tree: Tree, why: Deploying) -> DeploymentRecord:
        """Note that the files are about to be deployed. Raises DeployFailed where their app has been deleted."""
        now = datetime.now(UTC)
        version = await self.store.put_version(tree, now=now)
        try:
            record = await self.store.add_deployment(_record(app_id, version, why, now), is_new=why.may_be_first)
        except AppIdRetired as error:
            raise DeployFailed(str(error)) from None
        if record is None:
            raise DeployFailed(f"there is no app '{app_id}' any more")
        return record

    async def redeploy(self, record: DeploymentRecord, author: str) -> DeploymentRecord:
        """Serve the version of an earlier deployment again. Raises DeployFailed."""
        comment = f"redeploys number {record.number}"
        why = Deploying(origin=Origin.REDEPLOYMENT, author=author, comment=comment)
        return await self.deploy(record.app_id, await self.files(record.version), why)

    async def adopt(self, folders: Sequence[CompiledFolder]) -> None:
        """Serve what was compiled from folders, unless an app's history says that something else came after it.

        Raises DeployFailed where an app of that id was deleted.
        """
        versions = await asyncio.to_thread(lambda: [version_id(one.tree) for one in folders])
        for part in together(list(zip(folders, versions, strict=True))):
            await self._adopt({one.deployment.app.app_id: (one, version) for one, version in part})
        for one in folders:
            _warn(one.deployment.app)

    async def _adopt(self, given: Mapping[str, tuple[CompiledFolder, str]]) -> None:
        """Folders that are as they were need one look at the store, together."""
        self._folders.update(given)
        async with self._locked(given):
            standings = await self.store.standings(given)
            changed = [
                app_id for app_id, (one, version) in given.items() if _is_news(one, version, standings.get(app_id))
            ]
            if changed:
                await _all(self._record_folder(*given[app_id], standings.get(app_id)) for app_id in changed)
                standings |= await self.store.standings(changed)
            await self._settle(given, standings)

    async def _record_folder(self, one: CompiledFolder, version: str, standing: AppStanding | None) -> None:
        """Write down that the folder's version is served, unless an administrator wants the folder to be left alone."""
        app_id, now = one.deployment.app.app_id, datetime.now(UTC)
        why = Deploying(origin=Origin.FOLDER, author=str(one.folder))
        record = None
        if standing is not None and standing.app.deployment_id and not standing.app.automatic_deployment:
            _log.info("the folder of %s is not deployed: its automatic deployment is switched off", app_id)
        else:
            await self.store.put_version(one.tree, now=now)
            record = await self._add_folder_deployment(_record(app_id, version, why, now))
        await self.keep_secrets(app_id, one.secrets)
        if record is not None:
            await self.store.finish_deployment(record, now=datetime.now(UTC))

    async def _add_folder_deployment(self, record: DeploymentRecord) -> DeploymentRecord | None:
        """None where another process was first."""
        try:
            return await self.store.add_folder_deployment(record)
        except AppIdRetired as error:
            raise DeployFailed(str(error)) from None

    async def _settle(
        self, given: Mapping[str, tuple[CompiledFolder, str]], standings: Mapping[str, AppStanding]
    ) -> None:
        """Serve each folder's version, unless another one is served; another process may just be deploying this one."""
        others = []
        for app_id, (one, version) in given.items():
            standing = standings.get(app_id)
            if standing is None:
                continue
            served = standing.served
            if served is not None and served.version != version:
                _log.info(
                    "the folder of %s is unchanged; number %d, by %s, goes on", app_id, served.number, served.author
                )
                others.append(standing)
            else:
                self.put(standing.app, replace(one.deployment, version=version))
        await self.serve_stored(others)

    async def keep_secrets(self, app_id: str, texts: Mapping[str, str]) -> None:
        """Keep texts that came with an app's files; one that is kept already stays as it is."""
        for name, text in texts.items():
            sealed = self.box.seal(app_id, name, text)
            record = SecretRecord(
                app_id=app_id, name=name, id=new_id(), ciphertext=sealed, modified_at=datetime.now(UTC)
            )
            with suppress(NameTaken):
                await self.store.add_secret(record)

    async def _carry_out(self, record: DeploymentRecord, tree: Tree, based_on: str | None = None) -> DeploymentRecord:
        """Compile and serve what was begun. Raises DeployFailed."""
        async with self._locked({record.app_id}):
            try:
                deployment = replace(await self.compile(record.app_id, tree), version=record.version)
                _check_same_app(record.app_id, deployment.app)
                return await self._serve(record, deployment, based_on)
            except (DeployFailed, SandboxError) as error:
                await self.store.fail_deployment(record, str(error))
                raise DeployFailed(str(error)) from error
            except Exception:
                await self.store.fail_deployment(record, UNEXPECTED)
                raise

    async def _serve(self, record: DeploymentRecord, deployment: Deployment, based_on: str | None) -> DeploymentRecord:
        served = await self.store.finish_deployment(record, now=datetime.now(UTC), based_on=based_on)
        if served:
            await self._serve_own(record, deployment)
            _log.info("serving deployment %d of %s, by %s", record.number, record.app_id, record.author)
            _warn(deployment.app)
        return await self.store.find_deployment(record.app_id, record.id) or record

    async def _serve_own(self, record: DeploymentRecord, deployment: Deployment) -> None:
        app = await self.store.find_stored_app(record.app_id)
        if app is not None and app.deployment_id == record.id:
            self.put(app, deployment)


async def _all(works: Iterable[Coroutine[None, None, None]]) -> None:
    """Wait for all, then raise the first failure."""
    for failure in await asyncio.gather(*works, return_exceptions=True):
        if failure is not None:
            raise failure


def _is_news(one: CompiledFolder, version: str, standing: AppStanding | None) -> bool:
    """Whether the store does not know yet what the folder holds."""
    if standing is None or standing.served is None or one.secrets:
        return True
    return standing.folder_version != version


def _record(app_id: str, version: str, why: Deploying, now: datetime) -> DeploymentRecord:
    return DeploymentRecord(
        app_id=app_id, number=0, id=new_id(), version=version, origin=why.origin, author=why.author,
        draft_id=why.draft_id, comment=why.comment, created_at=now, holder=str(os.getpid()),
    )  # fmt: skip


def _warn(app: App) -> None:
    for warning in warnings_of(app):
        _log.warning("app %s: %s", app.app_id, warning)


def _check_same_app(app_id: str, app: App) -> None:
    if app.app_id != app_id:
        raise DeployFailed(f"the files are of app '{app.app_id}', not of '{app_id}'")
