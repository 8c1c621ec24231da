"""Deploys versions: compiled first, then served by one write that every process follows."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from runtime.errors import BuildFailed, SandboxError
from runtime.supervisor import Sandboxes
from server.apps.folder import read_app_tree
from server.apps.model import App
from server.apps.packages import PackagesUnreadable
from server.apps.problems import AppFolderError
from server.apps.source import Tree
from server.auth.ids import new_id
from server.calls.registry import Registry
from server.context.deployment import Deployment, deploy
from server.rules.compile import RulesError
from server.rules.operands import RuleError
from server.store import Store, StoreError
from server.store.deleted_apps import AppIdRetired
from server.store.errors import NameTaken
from server.version_records import DeploymentRecord, Origin, SecretRecord, StoredApp
from server.versions.secret_box import SecretBox, SecretBoxError
from server.versions.warnings import warnings_of

PAUSE = 0.25
"""Seconds between two looks at what other processes deployed."""
INTERRUPTED = "the server ended while it was deployed"
UNEXPECTED = "internal error: the server's log has the cause"
LAST_WAIT = 10.0
"""Seconds that a server which stops gives deployments that are under way."""

_log = logging.getLogger(__name__)


class DeployFailed(Exception):
    """A version that cannot be served; the message says why, a problem a line. What was served before goes on."""


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


@dataclass(slots=True, kw_only=True)
class Deployer:
    """Compiles, records and serves; `given_secrets`, the operator's own, win over those that are kept.

    They are for the apps whose folders the operator named: whoever deploys another app could read them there.
    """

    store: Store
    sandboxes: Sandboxes
    registry: Registry
    box: SecretBox
    given_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    _served: dict[str, tuple[str | None, int]] = field(default_factory=dict)
    _folders: set[str] = field(default_factory=set)
    _trusted: set[str] = field(default_factory=set)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    _under_way: set[asyncio.Task[DeploymentRecord]] = field(default_factory=set)

    async def compile(self, app_id: str, tree: Tree) -> Deployment:
        """The version, ready to be served; nothing is recorded. Raises DeployFailed."""
        try:
            app = await asyncio.to_thread(read_app_tree, tree, name=app_id, secrets=await self.secrets(app_id))
            return await compile_app(app, self.sandboxes)
        except AppFolderError as error:
            raise DeployFailed("\n".join(map(str, error.problems))) from error

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

    async def adopt(
        self, deployment: Deployment, tree: Tree, folder: str, *, secrets: Mapping[str, str] | None = None
    ) -> None:
        """Serve what was compiled from a folder, unless the app's history says that something else came after it.

        Raises DeployFailed where an app of that id was deleted.
        """
        app_id, now = deployment.app.app_id, datetime.now(UTC)
        self._folders.add(app_id)
        async with self._lock(app_id):
            version = await self.store.put_version(tree, now=now)
            why = Deploying(origin=Origin.FOLDER, author=folder)
            record = await self._begin_adoption(_record(app_id, version, why, now))
            await self.keep_secrets(app_id, secrets or {})
            if record is not None:
                await self.store.finish_deployment(record, now=datetime.now(UTC))
            await self._settle(app_id, replace(deployment, version=version), version)
        _warn(deployment.app)

    async def _begin_adoption(self, record: DeploymentRecord) -> DeploymentRecord | None:
        """None where the folder is as it was, or an administrator wants it to be left alone."""
        app = await self.store.find_stored_app(record.app_id)
        if app is not None and app.deployment_id and not app.automatic_deployment:
            _log.info("the folder of %s is not deployed: its automatic deployment is switched off", record.app_id)
            return None
        try:
            return await self.store.add_folder_deployment(record)
        except AppIdRetired as error:
            raise DeployFailed(str(error)) from None

    def trust(self, app_id: str) -> None:
        """The operator named the folder of this app: it may have the operator's secrets."""
        self._trusted.add(app_id)

    async def secrets(self, app_id: str) -> dict[str, str]:
        """Name to text. Raises DeployFailed where the key does not open them."""
        records = await self.store.find_secrets(app_id)
        try:
            kept = {record.name: self.box.unseal(app_id, record.name, record.ciphertext) for record in records}
        except SecretBoxError as error:
            raise DeployFailed(str(error)) from error
        return kept | dict(self.given_secrets) if app_id in self._trusted else kept

    async def keep_secrets(self, app_id: str, texts: Mapping[str, str]) -> None:
        """Keep texts that came with an app's files; one that is kept already stays as it is."""
        for name, text in texts.items():
            sealed = self.box.seal(app_id, name, text)
            record = SecretRecord(
                app_id=app_id, name=name, id=new_id(), ciphertext=sealed, modified_at=datetime.now(UTC)
            )
            with suppress(NameTaken):
                await self.store.add_secret(record)

    async def files(self, version: str) -> Tree:
        """The files of a version that is kept."""
        tree = await self.store.find_version(version)
        if tree is None:
            raise DeployFailed(f"the version {version} is not kept any more")
        return tree

    async def _settle(self, app_id: str, deployment: Deployment, version: str) -> None:
        """Serve the folder's version, unless another one is served; another process may just be deploying this one."""
        app = await self.store.find_stored_app(app_id)
        served = await self._served_record(app)
        if app is not None and served is not None and served.version != version:
            _log.info("the folder of %s is unchanged; number %d, by %s, goes on", app_id, served.number, served.author)
            await self._follow(app, served)
            return
        self.registry.put(deployment)
        if app is not None:
            self._served[app_id] = (app.deployment_id, app.revision)

    async def catch_up(self) -> None:
        """Serve every app as the store says: what other processes deployed, withdrew, or gave other secrets."""
        stored = {app.app_id: app for app in await self.store.stored_apps()}
        for app_id in self._served.keys() - stored.keys():
            del self._served[app_id]
            self.registry.remove(app_id)
        for app in stored.values():
            if self._served.get(app.app_id) != (app.deployment_id, app.revision):
                await self._look_again(app.app_id)

    async def serve_all(self) -> None:
        """Serve every app that is kept, also those of folders that were not given here."""
        self._folders.update(app.app_id for app in await self.store.stored_apps())
        await self.catch_up()

    async def follow(self) -> None:
        """Catch up until cancelled."""
        while True:
            await asyncio.sleep(PAUSE)
            try:
                await self.catch_up()
            except StoreError:
                _log.exception("what other processes deployed is not known; what is served goes on")

    async def _carry_out(self, record: DeploymentRecord, tree: Tree, based_on: str | None = None) -> DeploymentRecord:
        """Compile and serve what was begun. Raises DeployFailed."""
        async with self._lock(record.app_id):
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
            await self._put(record.app_id, record.id, deployment)
            _log.info("serving deployment %d of %s, by %s", record.number, record.app_id, record.author)
            _warn(deployment.app)
        return await self.store.find_deployment(record.app_id, record.id) or record

    async def _put(self, app_id: str, deployment_id: str, deployment: Deployment) -> None:
        app = await self.store.find_stored_app(app_id)
        if app is not None and app.deployment_id == deployment_id:
            self._served[app_id] = (app.deployment_id, app.revision)
            self.registry.put(deployment)

    async def _look_again(self, app_id: str) -> None:
        """Serve what the store says by now; what a folder brought is served only where that folder is given."""
        async with self._lock(app_id):
            app = await self.store.find_stored_app(app_id)
            record = await self._served_record(app)
            if app is None or self._served.get(app_id) == (app.deployment_id, app.revision):
                return
            if record is not None and (record.origin is not Origin.FOLDER or app_id in self._folders):
                await self._follow(app, record)

    async def _follow(self, app: StoredApp, record: DeploymentRecord) -> None:
        try:
            deployment = await self.compile(app.app_id, await self.files(record.version))
            self.registry.put(replace(deployment, version=record.version))
        except (DeployFailed, SandboxError) as error:
            _log.error("deployment %d of %s cannot be served: %s", record.number, app.app_id, error)
        self._served[app.app_id] = (app.deployment_id, app.revision)

    async def _served_record(self, app: StoredApp | None) -> DeploymentRecord | None:
        served = app.deployment_id if app is not None else None
        return await self.store.find_deployment(app.app_id, served) if app is not None and served else None

    def _lock(self, app_id: str) -> asyncio.Lock:
        """Deploying and following take turns: an older version must not come back for a moment."""
        return self._locks.setdefault(app_id, asyncio.Lock())


async def compile_app(app: App, sandboxes: Sandboxes) -> Deployment:
    """The app, ready to be served. Raises DeployFailed."""
    try:
        return await deploy(app, sandboxes, now=datetime.now(UTC))
    except (BuildFailed, PackagesUnreadable, RulesError, RuleError) as error:
        raise DeployFailed(str(error)) from error


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
