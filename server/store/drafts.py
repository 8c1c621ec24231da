"""Drafts in the database: at most one an app, each change of it judged against the version it was made from."""

from __future__ import annotations

from typing import cast

from server.store.errors import DraftExists
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction
from server.version_records import DraftRecord

_COLUMNS = "app_id, id, author, base_version, version, created_at"
_FIND = f"SELECT {_COLUMNS} FROM drafts WHERE app_id = ?"  # noqa: S608 - constants
_INSERT = f"INSERT INTO drafts ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id"  # noqa: S608 - constants
_CHANGE = """
    UPDATE drafts SET version = ?, base_version = COALESCE(?, base_version)
    WHERE app_id = ? AND id = ? AND version = ? RETURNING id
"""
_DELETE = "DELETE FROM drafts WHERE app_id = ? AND id = ? RETURNING id"


class Drafts(StorePart):
    """What is kept of drafts."""

    async def find_draft(self, app_id: str) -> DraftRecord | None:
        """The app's open draft; None where there is none."""
        rows = await self._database.read(_FIND, app_id)
        return _draft(rows[0]) if rows else None

    async def add_draft(self, draft: DraftRecord) -> None:
        """Open a draft. Raises DraftExists."""

        def work(transaction: Transaction) -> None:
            given = (draft.app_id, draft.id, draft.author, draft.base_version, draft.version)
            if not transaction.execute(_INSERT, *given, to_milliseconds(draft.created_at)):
                raise DraftExists(draft.app_id)

        await self._database.write(work)

    async def change_draft(self, draft: DraftRecord, version: str, *, base_version: str | None = None) -> bool:
        """Give the draft another version, or base; False where it is not any more as `draft` says."""
        rows = await self._database.write(
            lambda transaction: transaction.execute(
                _CHANGE, version, base_version, draft.app_id, draft.id, draft.version
            )
        )
        return bool(rows)

    async def delete_draft(self, app_id: str, id_: str) -> bool:
        """Give the draft up; False where there is none of that id."""
        return bool(await self._database.write(lambda transaction: transaction.execute(_DELETE, app_id, id_)))


def _draft(row: Row) -> DraftRecord:
    app_id, id_, author, base_version, version, created_at = row
    return DraftRecord(
        app_id=cast("str", app_id),
        id=cast("str", id_),
        author=cast("str", author),
        base_version=cast("str", base_version),
        version=cast("str", version),
        created_at=from_milliseconds(cast("int", created_at)),
    )
