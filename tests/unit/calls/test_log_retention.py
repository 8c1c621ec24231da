"""Logs are kept within the server's bounds, or an app's narrower ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.apps.policy import LogPolicy
from server.calls import log_retention
from server.calls.log_retention import LogBounds, LogRetention
from server.records import LogEntry
from server.store import Store, open_store
from server.store.logs import MAX_LOGS

NOW = datetime(2026, 3, 4, tzinfo=UTC)
SERVER = LogBounds(days=30, megabytes=100)


class _Apps:
    """A registry in which every app is served from elsewhere."""

    app_ids = ("app", "other")

    def find(self, _: str) -> None:
        """None is deployed here."""


def _entry(days: int, app_id: str = "app") -> LogEntry:
    moment = NOW - timedelta(days=days)
    return LogEntry(
        id=str(days), app_id=app_id, type="AUTH", function_name=None, user_id=None, error=None, error_code=None,
        messages=(), started_at=moment, completed_at=moment,
    )  # fmt: skip


def test_an_app_may_want_less_than_the_server_keeps() -> None:
    """Never more."""
    assert SERVER.within(LogPolicy()) == SERVER
    assert SERVER.within(LogPolicy(days=1, megabytes=1000)) == LogBounds(days=1, megabytes=100)
    assert SERVER.within(LogPolicy(days=100, megabytes=0.5)) == LogBounds(days=30, megabytes=0.5)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    async with open_store(tmp_path / "identity.sqlite") as opened:
        yield opened


async def test_a_round_goes_on_until_nothing_is_too_old(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch after batch, of every app."""
    monkeypatch.setattr(log_retention, "REST", 0.0)
    await store.add_logs([_entry(days) for days in range(29, 29 + 1203)] + [_entry(31, "other")])
    retention = LogRetention(store, _Apps(), SERVER)  # type: ignore[arg-type]
    assert await retention.clean(NOW) == 1203 - 2 + 1
    assert len(await store.find_logs("app", limit=MAX_LOGS)) == 2
    assert await store.find_logs("other") == []


async def test_nothing_stays_of_the_log_of_a_deleted_app(store: Store) -> None:
    """However young."""
    await store.add_stored_app("gone", now=NOW)
    await store.add_logs([_entry(1, "gone"), _entry(1, "app")])
    await store.delete_stored_app("gone", now=NOW)
    assert await LogRetention(store, _Apps(), SERVER).clean(NOW) == 1  # type: ignore[arg-type]

    assert await store.find_logs("gone") == []
    assert await store.deleted_apps_with_logs() == []
