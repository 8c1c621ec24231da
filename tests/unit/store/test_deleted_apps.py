"""Deleting an app: nothing of it is left for another one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from server.store import deleted_apps, open_store
from server.store.deleted_apps import AppIdRetired

NOW: Final = datetime(2026, 3, 4, tzinfo=UTC)
STAYS: Final = {
    "apps": "goes first",
    "deleted_apps": "is what is left",
    "audit": "the operator's",
    "logs": "go by and by",
    "log_sizes": "say which logs are to go",
    "document_writes": "are of the documents, which stay",
}


def rows(path: Path, statement: str) -> list[tuple[str, ...]]:
    """What a statement finds, behind the store's back."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


async def test_every_table_with_an_apps_rows_is_thought_of(path: Path) -> None:
    """A new table is deleted from, too, or stands among those that stay, with the reason."""
    async with open_store(path):
        found = "SELECT m.name FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        tables = {name for (name,) in rows(path, f"{found} AND c.name = 'app_id'")}

    assert tables == set(deleted_apps._PARTS) | STAYS.keys()
    assert not set(deleted_apps._PARTS) & STAYS.keys()


async def test_the_id_is_retired(path: Path) -> None:
    """Once it was served; an app that was given up before it was leaves its id free."""
    async with open_store(path) as store:
        assert await store.add_stored_app("app", now=NOW)
        await store.abandon_stored_app("app")
        assert await store.add_stored_app("app", now=NOW)
        assert await store.delete_stored_app("app", now=NOW)
        assert not await store.delete_stored_app("app", now=NOW)
        with pytest.raises(AppIdRetired):
            await store.add_stored_app("app", now=NOW)
