"""Statements of the store find their rows by index, however many rows there are."""

from __future__ import annotations

import pkgutil
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path

import pytest

import server.store
from server.store import open_store

STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")
ALLOWED = {
    "administrators_FIND_ALL": "a handful of rows, all of them wanted",
    "deployments_FIND_APPS": "all apps are wanted",
    "keys_FIND_KEYS": "a handful of rows, all of them wanted",
    "keys_INSERT_NEWER_KEY": "a handful of rows",
    "keys_DELETE_KEY": "looks whether there is another row",
    "keys_INSERT_FIRST_KEY": "looks whether there is any row",
    "document_writes_FIND_FILES": "once, before the server serves; hardly a row is ever there",
    "claims_FIND_APPS": "one step for each app that has events",
    "claims_FIND_TRIGGERS": "one step for each trigger of one app that has events",
    "events_RELEASE_ALL": "an index that holds the leased alone, all of them wanted",
    "events_COUNT_UP_TO": "walks an index as far as asked",
    "events_COUNT_EVENTS": "a count of everything, over the smallest index",
    "mails_RELEASE_MAILS": "once, before the server serves",
    "mails_COUNT_MAILS": "a count of everything, over the smallest index",
}
"""Statements that may scan, and why."""


def statements_of_the_store() -> Iterator[tuple[str, str]]:
    """Every constant of the store's modules that is a statement, by its name."""
    for module in pkgutil.iter_modules(server.store.__path__, "server.store."):
        for name, value in vars(import_module(module.name)).items():
            if isinstance(value, str) and STATEMENT.match(value):
                yield f"{module.name.rpartition('.')[2]}{name}", value


STATEMENTS = dict(statements_of_the_store())


@pytest.fixture
async def file(path: Path) -> Path:
    """A store's file that no process has open."""
    async with open_store(path):
        pass
    return path


def plan(path: Path, statement: str) -> list[str]:
    """What SQLite would do for the statement, a step a line."""
    parameters = [None] * 40
    wanted = max((int(number) for number in re.findall(r"\?(\d+)", statement)), default=statement.count("?"))
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters[:wanted])
        return [str(row[-1]) for row in rows]


@pytest.mark.parametrize("name", STATEMENTS.keys() - ALLOWED.keys())
async def test_no_statement_reads_a_whole_table(file: Path, name: str) -> None:
    """Each statement finds its rows by index, and sorts nothing."""
    steps = [
        step for step in plan(file, STATEMENTS[name]) if not step.startswith(("SCAN json_each", "SCAN sqlite_sequence"))
    ]

    assert not [step for step in steps if step.startswith(("SCAN", "USE TEMP B-TREE"))]


@pytest.mark.parametrize(
    ("name", "index"),
    [("audit_FIND_ENTRIES_OF_USER", "audit_of_user"), ("api_keys_DELETE_SESSIONS_OF_KEY", "sessions_of_user")],
)
async def test_one_users_rows_are_not_looked_for_among_all(file: Path, name: str, index: str) -> None:
    """What is about one user reads no rows of the app's others."""
    assert any(f"INDEX {index} (app_id=? AND user_id=?" in step for step in plan(file, STATEMENTS[name]))


async def test_a_claim_finds_its_events_by_their_ids(file: Path) -> None:
    """However long the backlog: neither by what is due, nor by what the app has."""
    steps = plan(file, STATEMENTS["claims_CLAIM_EVENTS"])

    assert [step for step in steps if "events" in step and "(app_id=? AND id=?)" in step] == steps[:1]
    assert "events_by_trigger (app_id=? AND trigger_name=? AND due_at<?)" in steps[-1]


def test_every_part_of_the_store_is_looked_at() -> None:
    """The statements are found, and the exceptions are of them."""
    assert {name.partition("_")[0] for name in STATEMENTS} >= {"users", "sessions", "events", "logs", "keys"}
    assert ALLOWED.keys() <= STATEMENTS.keys()
