"""Makes versions ready to be served: read with their app's secrets, checked, compiled; nothing is recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias

from runtime.errors import BuildFailed, SandboxError
from runtime.supervisor import Sandboxes
from server.apps.folder import read_app_tree
from server.apps.model import App
from server.apps.packages import PackagesUnreadable
from server.apps.problems import AppFolderError
from server.apps.source import Tree
from server.context.deployment import Deployment, deploy
from server.rules.compile import RulesError
from server.rules.operands import RuleError
from server.store import Store
from server.version_records import DeploymentRecord, SecretRecord
from server.versions.secret_box import SecretBox, SecretBoxError

Compiled: TypeAlias = "Deployment | DeployFailed | SandboxError"
"""A version ready to be served, or why it cannot be."""


class DeployFailed(Exception):
    """A version that cannot be served; the message says why, a problem a line. What was served before goes on."""


@dataclass(slots=True, kw_only=True)
class VersionCompiler:
    """Compiles versions; `given_secrets`, the operator's own, win over those that are kept.

    They are for the apps whose folders the operator named: whoever deploys another app could read them there.
    """

    store: Store
    sandboxes: Sandboxes
    box: SecretBox
    given_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    _trusted: set[str] = field(default_factory=set)

    def trust(self, app_id: str) -> None:
        """The operator named the folder of this app: it may have the operator's secrets."""
        self._trusted.add(app_id)

    async def compile(self, app_id: str, tree: Tree) -> Deployment:
        """The version, ready to be served; nothing is recorded. Raises DeployFailed."""
        secrets = await self.secrets(app_id)
        return await compile_app(await asyncio.to_thread(_read, app_id, tree, secrets), self.sandboxes)

    async def compile_served(self, records: Sequence[DeploymentRecord]) -> list[Compiled]:
        """The versions of these deployments, each of another app, at once."""
        trees = await self.store.find_versions({record.version for record in records})
        sealed = await self._sealed({record.app_id for record in records})

        def read() -> list[App | DeployFailed]:
            """In one go: a thread for each would take longer than most apps."""
            return [self._read_served(record, trees, sealed[record.app_id]) for record in records]

        apps = await asyncio.to_thread(read)
        return await asyncio.gather(*map(self._compiled, records, apps))

    async def secrets(self, app_id: str) -> dict[str, str]:
        """Name to text. Raises DeployFailed where the key does not open them."""
        return (await self.secrets_of({app_id}))[app_id]

    async def secrets_of(self, app_ids: Collection[str]) -> dict[str, dict[str, str]]:
        """As `secrets`, by app."""
        return {app_id: self._unsealed(app_id, records) for app_id, records in (await self._sealed(app_ids)).items()}

    async def files(self, version: str) -> Tree:
        """The files of a version that is kept."""
        return _kept(version, await self.store.find_versions({version}))

    async def _sealed(self, app_ids: Collection[str]) -> dict[str, list[SecretRecord]]:
        found: dict[str, list[SecretRecord]] = {app_id: [] for app_id in app_ids}
        for record in await self.store.find_secrets_of(app_ids):
            found[record.app_id].append(record)
        return found

    def _unsealed(self, app_id: str, records: Sequence[SecretRecord]) -> dict[str, str]:
        try:
            kept = {record.name: self.box.unseal(app_id, record.name, record.ciphertext) for record in records}
        except SecretBoxError as error:
            raise DeployFailed(str(error)) from error
        return kept | dict(self.given_secrets) if app_id in self._trusted else kept

    def _read_served(
        self, record: DeploymentRecord, trees: Mapping[str, Tree], sealed: Sequence[SecretRecord]
    ) -> App | DeployFailed:
        try:
            return _read(record.app_id, _kept(record.version, trees), self._unsealed(record.app_id, sealed))
        except DeployFailed as error:
            return error

    async def _compiled(self, record: DeploymentRecord, app: App | DeployFailed) -> Compiled:
        if isinstance(app, DeployFailed):
            return app
        try:
            return replace(await compile_app(app, self.sandboxes), version=record.version)
        except (DeployFailed, SandboxError) as error:
            return error


async def compile_app(app: App, sandboxes: Sandboxes) -> Deployment:
    """The app, ready to be served. Raises DeployFailed."""
    try:
        return await deploy(app, sandboxes, now=datetime.now(UTC))
    except (BuildFailed, PackagesUnreadable, RulesError, RuleError) as error:
        raise DeployFailed(str(error)) from error


def _read(app_id: str, tree: Tree, secrets: Mapping[str, str]) -> App:
    try:
        return read_app_tree(tree, name=app_id, secrets=secrets)
    except AppFolderError as error:
        raise DeployFailed("\n".join(map(str, error.problems))) from error


def _kept(version: str, trees: Mapping[str, Tree]) -> Tree:
    if version not in trees:
        raise DeployFailed(f"the version {version} is not kept any more")
    return trees[version]
