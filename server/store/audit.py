"""The audit log in the database: what happened to accounts and sessions, and what was refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import cast

from server.login_records import AuditEntry, AuditEvent
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

MAX_ENTRIES = 100
"""Entries of one page."""

_INSERT_ENTRY = """
    INSERT INTO audit (id, app_id, at, event, user_id, provider_type, address, error_code, detail)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_FIND_ENTRIES = """
    SELECT id, app_id, at, event, user_id, provider_type, address, error_code, detail FROM audit
    WHERE app_id = ?1 AND (?2 IS NULL OR event IN (SELECT value FROM json_each(?2)))
    ORDER BY at DESC, id DESC LIMIT ?3 OFFSET ?4
"""
_FIND_ENTRIES_OF_USER = """
    SELECT id, app_id, at, event, user_id, provider_type, address, error_code, detail
    FROM audit INDEXED BY audit_of_user  -- SQLite would walk the app's whole log: it lies in the order asked for
    WHERE app_id = ?1 AND (?2 IS NULL OR event IN (SELECT value FROM json_each(?2))) AND user_id = ?5
    ORDER BY at DESC, id DESC LIMIT ?3 OFFSET ?4
"""
_DELETE_ENTRIES = "DELETE FROM audit WHERE app_id = ? AND at < ? RETURNING id"


class Audit(StorePart):
    """What is kept of security events."""

    async def add_audit_entries(self, entries: Sequence[AuditEntry]) -> None:
        """Keep entries that no other write causes."""

        def work(transaction: Transaction) -> None:
            for entry in entries:
                insert_audit_entry(transaction, entry)

        await self._database.write(work)

    async def find_audit_entries(
        self,
        app_id: str,
        *,
        user_id: str | None = None,
        events: Sequence[AuditEvent] | None = None,
        skip: int = 0,
        limit: int = MAX_ENTRIES,
    ) -> list[AuditEntry]:
        """The entries of an app, of one user or all, of some events or all, newest first."""
        wanted = None if events is None else json.dumps(list(events))
        if user_id is None:
            rows = await self._database.read(_FIND_ENTRIES, app_id, wanted, limit, skip)
        else:
            rows = await self._database.read(_FIND_ENTRIES_OF_USER, app_id, wanted, limit, skip, user_id)
        return [_entry(row) for row in rows]

    async def remove_audit_entries(self, app_id: str, *, before: datetime) -> int:
        """Delete an app's entries older than this; how many."""

        def work(transaction: Transaction) -> int:
            return len(transaction.execute(_DELETE_ENTRIES, app_id, to_milliseconds(before)))

        return await self._database.write(work)


def insert_audit_entry(transaction: Transaction, entry: AuditEntry) -> None:
    """Keep an entry with its cause."""
    transaction.execute(
        _INSERT_ENTRY, entry.id, entry.app_id, to_milliseconds(entry.at), entry.event.value, entry.user_id,
        entry.provider_type, entry.address, entry.error_code, entry.detail,
    )  # fmt: skip


def _entry(row: Row) -> AuditEntry:
    id_, app_id, at, event, user_id, provider_type, address, error_code, detail = row
    return AuditEntry(
        id=cast("str", id_),
        app_id=cast("str", app_id),
        at=from_milliseconds(cast("int", at)),
        event=AuditEvent(cast("str", event)),
        user_id=cast("str | None", user_id),
        provider_type=cast("str | None", provider_type),
        address=cast("str", address),
        error_code=cast("str | None", error_code),
        detail=cast("str", detail),
    )
