"""What an administrator edits: the open draft of an app, or the version that is served (contract 12.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from server.administrator_records import Administrator
from server.apps.folder import read_app_tree
from server.apps.model import App
from server.apps.problems import AppFolderError
from server.apps.source import Tree
from server.auth.ids import new_id
from server.errors import AppError, ErrorCode
from server.store import Store
from server.store.errors import DraftExists
from server.version_records import DeploymentRecord, DeploymentStatus, DraftRecord, Origin
from server.versions.compiling import DeployFailed
from server.versions.deployer import Deployer, Deploying
from server.versions.merging import BothChanged, merged
from server.versions.paths import UnsafePath, check_path
from server.versions.tree import normalised

Change = Callable[[Tree], Tree]
_TRIES = 20
"""How often an edit of a draft is made again because another one came between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """Edits go into the draft if one is open, and are deployed at once if none is."""

    store: Store
    deployer: Deployer
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def tree(self, app_id: str) -> Tree:
        """The files as an administrator sees them: the draft's, else the served version's; none before the first."""
        draft = await self.store.find_draft(app_id)
        return await self.deployer.files(draft.version) if draft else await self.served(app_id)

    async def served(self, app_id: str) -> Tree:
        """The files of the version that is served; none before the first deployment."""
        record = await self._served(app_id)
        return await self.deployer.files(record.version) if record else {}

    async def _served(self, app_id: str) -> DeploymentRecord | None:
        app = await self.store.find_stored_app(app_id)
        return await self.store.find_deployment(app_id, app.deployment_id) if app and app.deployment_id else None

    async def modified_at(self, app_id: str) -> int:
        """When what is served began to be, or the open draft; seconds, 0 before the first deployment."""
        draft, record = await self.store.find_draft(app_id), await self._served(app_id)
        begun = draft.created_at if draft else record.created_at if record else None
        return int(begun.timestamp()) if begun else 0

    async def app(self, app_id: str, tree: Tree, texts: Mapping[str, str] | None = None) -> App:
        """What the files say, `texts` being secrets that come with them. Raises AppError ImportAppError."""
        try:
            secrets = {**(texts or {}), **await self.deployer.secrets(app_id)}
            return await asyncio.to_thread(read_app_tree, tree, name=app_id, secrets=secrets)
        except (AppFolderError, DeployFailed) as error:
            raise AppError(ErrorCode.IMPORT_APP_ERROR, str(error)) from error

    async def edit(self, app_id: str, administrator: Administrator, change: Change) -> None:
        """Apply a change to the files, which must make sense afterwards. Raises AppError; then nothing has changed."""
        async with self._locks.setdefault(app_id, asyncio.Lock()):
            for _ in range(_TRIES):
                draft = await self.store.find_draft(app_id)
                if draft is None:
                    is_done = await self._deploy_edit(app_id, administrator, change)
                else:
                    is_done = await self._edit_draft(draft, change)
                if is_done:
                    return
        raise _busy()

    async def open_draft(self, app_id: str, administrator: Administrator) -> DraftRecord:
        """A draft of the served version. Raises AppError DraftAlreadyExists."""
        now = datetime.now(UTC)
        version = await self.store.put_version(await self.served(app_id), now=now)
        draft = DraftRecord(
            app_id=app_id, id=new_id(), author=administrator.login, base_version=version, version=version,
            created_at=now,
        )  # fmt: skip
        try:
            await self.store.add_draft(draft)
        except DraftExists:
            raise AppError(ErrorCode.DRAFT_ALREADY_EXISTS, "the app has an open draft") from None
        return draft

    async def draft(self, app_id: str, draft_id: str) -> DraftRecord:
        """The open draft of that id. Raises AppError DraftNotFound."""
        draft = await self.store.find_draft(app_id)
        if draft is None or draft.id != draft_id:
            raise AppError(ErrorCode.DRAFT_NOT_FOUND, "draft not found")
        return draft

    async def deploy_draft(self, app_id: str, draft_id: str, administrator: Administrator) -> DeploymentRecord:
        """Begin to deploy the draft, with what was deployed since it was opened.

        Raises AppError: DraftNotFound; BehindCurrentVersion where both changed the same.
        """
        for _ in range(_TRIES):
            draft, served = await self.draft(app_id, draft_id), await self._served(app_id)
            version = await self._brought_up(draft, served)
            if version is None:
                continue
            why = Deploying(
                origin=Origin.DRAFT,
                author=administrator.login,
                draft_id=draft.id,
                based_on=served.id if served else None,
            )
            try:
                return await self.deployer.start(app_id, await self.deployer.files(version), why)
            except DeployFailed as error:
                raise AppError(ErrorCode.IMPORT_APP_ERROR, str(error)) from error
        raise _busy()

    async def _brought_up(self, draft: DraftRecord, served: DeploymentRecord | None) -> str | None:
        """The draft's version on top of what is served; None where the draft was changed meanwhile."""
        if served is None or served.version == draft.base_version:
            return draft.version
        versions = (draft.base_version, draft.version, served.version)
        base, ours, theirs = [await self.deployer.files(version) for version in versions]
        try:
            tree = await asyncio.to_thread(merged, base, ours, theirs)
        except BothChanged as error:
            text = f"since the draft was opened a deployment changed what it changes, too: {error}; discard the draft"
            raise AppError(ErrorCode.BEHIND_CURRENT_VERSION, text) from None
        version = await self.store.put_version(tree, now=datetime.now(UTC))
        return version if await self.store.change_draft(draft, version, base_version=served.version) else None

    async def _edit_draft(self, draft: DraftRecord, change: Change) -> bool:
        files = await self.deployer.files(draft.version)
        tree = await asyncio.to_thread(lambda: _checked(normalised(change(files))))
        version = await self.store.put_version(tree, now=datetime.now(UTC))
        return await self.store.change_draft(draft, version)

    async def _deploy_edit(self, app_id: str, administrator: Administrator, change: Change) -> bool:
        """False where another version came to be served meanwhile, by another process: then this one is not."""
        if await self.store.find_stored_app(app_id) is None:
            raise AppError(ErrorCode.NOT_FOUND, "app not found: it was deleted meanwhile")
        served = await self._served(app_id)
        files = await self.deployer.files(served.version) if served else {}
        tree = await asyncio.to_thread(lambda: _checked(normalised(change(files))))
        why = Deploying(origin=Origin.EDIT, author=administrator.login, based_on=served.id if served else None)
        try:
            record = await self.deployer.deploy(app_id, tree, why)
        except DeployFailed as error:
            raise AppError(ErrorCode.IMPORT_APP_ERROR, str(error)) from error
        return record.status is not DeploymentStatus.FAILED


def _busy() -> AppError:
    return AppError(ErrorCode.BEHIND_CURRENT_VERSION, "others change the app all the time; try again")


def _checked(tree: Tree) -> Tree:
    """The files, all of whose names stay within the app. Raises AppError InvalidParameter."""
    try:
        for path in tree:
            check_path(path)
    except UnsafePath as error:
        raise AppError(ErrorCode.INVALID_PARAMETER, str(error)) from None
    return tree
