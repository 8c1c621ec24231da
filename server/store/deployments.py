"""Apps and their deployments in the database: which version is served, and how it came to that."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import cast

from server.store.deleted_apps import check_not_retired
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction
from server.version_records import AppStanding, DeploymentRecord, DeploymentStatus, Origin, StoredApp

MAX_DEPLOYMENTS = 25
"""Deployments of one page (contract 12.2)."""
SUPERSEDED = "superseded by a later deployment"
OVERTAKEN = "another version has been served since it was begun"

_COLUMNS = "app_id, number, id, version, origin, author, draft_id, comment, status, problem, created_at, deployed_at"
_FIND_APPS = "SELECT app_id, created_at, deployment_id, revision, automatic_deployment FROM apps ORDER BY app_id"
_FIND_APP = "SELECT app_id, created_at, deployment_id, revision, automatic_deployment FROM apps WHERE app_id = ?"
_INSERT_APP = "INSERT INTO apps (app_id, created_at, revision) VALUES (?, ?, 0) ON CONFLICT DO NOTHING RETURNING app_id"
_SERVE = "UPDATE apps SET deployment_id = ?, revision = revision + 1 WHERE app_id = ?"
_TOUCH = "UPDATE apps SET revision = revision + 1 WHERE app_id = ?"
_SET_AUTOMATIC = "UPDATE apps SET automatic_deployment = ? WHERE app_id = ?"
_INSERT = f"""
    INSERT INTO deployments ({_COLUMNS}, holder)
    SELECT ?1, COALESCE(MAX(number), 0) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
    FROM deployments WHERE app_id = ?1
    RETURNING number
"""  # noqa: S608 - constants
_FIND = f"SELECT {_COLUMNS} FROM deployments WHERE app_id = ? AND id = ?"  # noqa: S608 - constants
_FIND_NEWEST = f"""
    SELECT {_COLUMNS} FROM deployments WHERE app_id = ? AND number < ? ORDER BY number DESC LIMIT ?
"""  # noqa: S608 - constants
_FIND_EARLIER = f"""
    SELECT {_COLUMNS} FROM deployments WHERE app_id = ? AND number < ? AND status = 'successful'
    ORDER BY number DESC LIMIT 1
"""  # noqa: S608 - constants
_NEWEST_OF_ORIGIN = """
    SELECT version FROM deployments WHERE app_id = ? AND origin = ? AND status <> 'failed'
    ORDER BY number DESC LIMIT 1
"""
_STANDINGS = f"""
    SELECT
        a.app_id, a.created_at, a.deployment_id, a.revision, a.automatic_deployment,
        (
            SELECT f.version FROM deployments f WHERE f.app_id = a.app_id AND f.origin = ? AND f.status <> 'failed'
            ORDER BY f.number DESC LIMIT 1
        ),
        {", ".join(f"d.{column}" for column in _COLUMNS.split(", "))}
    FROM apps a LEFT JOIN deployments d ON d.app_id = a.app_id AND d.id = a.deployment_id
    WHERE a.app_id IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - constants
_SERVED = """
    SELECT d.number, d.id FROM apps a JOIN deployments d ON d.app_id = a.app_id AND d.id = a.deployment_id
    WHERE a.app_id = ?
"""
_END = """
    UPDATE deployments SET status = ?, problem = ?, deployed_at = ?
    WHERE app_id = ? AND id = ? AND status IN ('created', 'pending') RETURNING number
"""
_FAIL_UNFINISHED = """
    UPDATE deployments SET status = 'failed', problem = ?1
    WHERE status IN ('created', 'pending') AND (?2 IS NULL OR holder = ?2) RETURNING id
"""
_DELETE_DRAFT = "DELETE FROM drafts WHERE app_id = ? AND id = ? AND version = ?"
_REBASE_DRAFT = "UPDATE drafts SET base_version = ? WHERE app_id = ? AND id = ?"
_NO_NUMBER = 2**62


class Deployments(StorePart):
    """What is kept of apps and their deployments."""

    async def stored_apps(self) -> list[StoredApp]:
        """All apps, by their client app ids."""
        return [_app(row) for row in await self._database.read(_FIND_APPS)]

    async def find_stored_app(self, app_id: str) -> StoredApp | None:
        """One app; None where it is not kept."""
        rows = await self._database.read(_FIND_APP, app_id)
        return _app(rows[0]) if rows else None

    async def standings(self, app_ids: Collection[str]) -> dict[str, AppStanding]:
        """How each of these apps stands that is kept, all as of one moment."""
        rows = await self._database.read(_STANDINGS, Origin.FOLDER, json.dumps(list(app_ids)))
        return {standing.app.app_id: standing for standing in map(_standing, rows)}

    async def add_stored_app(self, app_id: str, *, now: datetime) -> bool:
        """Keep an app that has no deployment yet; False where there is one of that id. Raises AppIdRetired."""
        return await self._database.write(lambda transaction: _add_app(transaction, app_id, now))

    async def set_automatic_deployment(self, app_id: str, *, is_automatic: bool) -> None:
        """Have changes of the app's folder deployed, or not."""
        await self._database.write(lambda transaction: transaction.execute(_SET_AUTOMATIC, int(is_automatic), app_id))

    async def add_deployment(self, record: DeploymentRecord, *, is_new: bool = True) -> DeploymentRecord | None:
        """Note that a version is about to be deployed; the record with its number.

        None where the app is not there, unless it may be new. Raises AppIdRetired.
        """

        def work(transaction: Transaction) -> DeploymentRecord | None:
            is_there = is_new or transaction.execute(_FIND_APP, record.app_id)
            return _insert(transaction, record) if is_there else None

        return await self._database.write(work)

    async def add_folder_deployment(self, record: DeploymentRecord) -> DeploymentRecord | None:
        """As `add_deployment`; None where the folder's last deployment was of this version, by any process."""

        def work(transaction: Transaction) -> DeploymentRecord | None:
            newest = transaction.execute(_NEWEST_OF_ORIGIN, record.app_id, Origin.FOLDER)
            return None if newest == [(record.version,)] else _insert(transaction, record)

        return await self._database.write(work)

    async def finish_deployment(self, record: DeploymentRecord, *, now: datetime, based_on: str | None = None) -> bool:
        """Serve the version from now on, and end its draft, unless that was changed meanwhile.

        False where a later deployment is served already, or another one than `based_on`, which the record notes then.
        """

        def work(transaction: Transaction) -> bool:
            served = transaction.execute(_SERVED, record.app_id)
            problem = _why_not_served(served, record.number, based_on)
            if problem:
                _end(transaction, record, DeploymentStatus.FAILED, problem, None)
                return False
            if not _end(transaction, record, DeploymentStatus.SUCCESSFUL, "", now):
                return False
            transaction.execute(_SERVE, record.id, record.app_id)
            transaction.execute(_DELETE_DRAFT, record.app_id, record.draft_id, record.version)
            transaction.execute(_REBASE_DRAFT, record.version, record.app_id, record.draft_id)
            return True

        return await self._database.write(work)

    async def fail_deployment(self, record: DeploymentRecord, problem: str) -> None:
        """Note why the version is not served."""
        await self._database.write(
            lambda transaction: _end(transaction, record, DeploymentStatus.FAILED, problem, None)
        )

    async def fail_unfinished_deployments(self, problem: str, *, holder: str | None = None) -> int:
        """Note of all that are under way, or of one process's, that nobody goes on with them; how many there were."""
        return len(
            await self._database.write(lambda transaction: transaction.execute(_FAIL_UNFINISHED, problem, holder))
        )

    async def find_deployment(self, app_id: str, id_: str) -> DeploymentRecord | None:
        """One deployment; None where there is none."""
        rows = await self._database.read(_FIND, app_id, id_)
        return _deployment(rows[0]) if rows else None

    async def find_deployments(
        self, app_id: str, *, before: int | None = None, limit: int = MAX_DEPLOYMENTS
    ) -> list[DeploymentRecord]:
        """The deployments of an app, newest first, beginning before a number."""
        before = _NO_NUMBER if before is None else before
        return [_deployment(row) for row in await self._database.read(_FIND_NEWEST, app_id, before, limit)]

    async def find_served_before(self, app_id: str, number: int) -> DeploymentRecord | None:
        """The deployment that was served before the one of this number; None where there was none."""
        rows = await self._database.read(_FIND_EARLIER, app_id, number)
        return _deployment(rows[0]) if rows else None

    async def touch_app(self, app_id: str) -> None:
        """Have all processes look at the app again."""
        await self._database.write(lambda transaction: transaction.execute(_TOUCH, app_id))


def touch_app(transaction: Transaction, app_id: str) -> None:
    """As the method, within another write."""
    transaction.execute(_TOUCH, app_id)


def _add_app(transaction: Transaction, app_id: str, now: datetime) -> bool:
    check_not_retired(transaction, app_id)
    return bool(transaction.execute(_INSERT_APP, app_id, to_milliseconds(now)))


def _insert(transaction: Transaction, record: DeploymentRecord) -> DeploymentRecord:
    _add_app(transaction, record.app_id, record.created_at)
    ((number,),) = transaction.execute(
        _INSERT, record.app_id, record.id, record.version, record.origin, record.author, record.draft_id,
        record.comment, record.status, record.problem, to_milliseconds(record.created_at), None, record.holder,
    )  # fmt: skip
    return replace(record, number=cast("int", number))


def _why_not_served(served: list[Row], number: int, based_on: str | None) -> str:
    """Empty where the deployment of that number may be served in the place of what is."""
    served_number, served_id = served[0] if served else (0, None)
    if cast("int", served_number) > number:
        return SUPERSEDED
    return OVERTAKEN if based_on is not None and served_id != based_on else ""


def _end(
    transaction: Transaction, record: DeploymentRecord, status: DeploymentStatus, problem: str, now: datetime | None
) -> bool:
    deployed_at = None if now is None else to_milliseconds(now)
    return bool(transaction.execute(_END, status, problem, deployed_at, record.app_id, record.id))


def _app(row: Row) -> StoredApp:
    app_id, created_at, deployment_id, revision, automatic_deployment = row
    return StoredApp(
        app_id=cast("str", app_id),
        created_at=from_milliseconds(cast("int", created_at)),
        deployment_id=cast("str | None", deployment_id),
        revision=cast("int", revision),
        automatic_deployment=bool(automatic_deployment),
    )


def _standing(row: Row) -> AppStanding:
    app, folder_version, served = _app(row[:5]), cast("str | None", row[5]), row[6:]
    deployment = None if served[0] is None else _deployment(served)
    return AppStanding(app=app, served=deployment, folder_version=folder_version)


def _deployment(row: Row) -> DeploymentRecord:
    app_id, number, id_, version, origin, author, draft_id, comment, status, problem, created_at, deployed_at = row
    return DeploymentRecord(
        app_id=cast("str", app_id),
        number=cast("int", number),
        id=cast("str", id_),
        version=cast("str", version),
        origin=Origin(cast("str", origin)),
        author=cast("str", author),
        draft_id=cast("str", draft_id),
        comment=cast("str", comment),
        status=DeploymentStatus(cast("str", status)),
        problem=cast("str", problem),
        created_at=from_milliseconds(cast("int", created_at)),
        deployed_at=None if deployed_at is None else from_milliseconds(cast("int", deployed_at)),
    )
