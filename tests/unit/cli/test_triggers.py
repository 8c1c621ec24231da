"""`vestibule triggers` shows what was given up and does what is asked, beside a running server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from server.cli.commands import run_command
from server.events import EventKind, TriggerEvent, TriggerState, TriggerStatus
from server.store import Store, open_store
from tests.claiming import Shares

T = TypeVar("T")
NOW = datetime(2026, 3, 4, tzinfo=UTC)
EVENTS = [
    TriggerEvent(
        id=name, app_id="app", kind=EventKind.DATABASE, trigger_name="t", function_name="f",
        arguments=({"a": 1},), created_at=NOW,
    )
    for name in ("one", "two", "three")
]  # fmt: skip
STATE = TriggerState(
    app_id="app",
    name="stuck",
    kind=EventKind.DATABASE,
    status=TriggerStatus.SUSPENDED,
    reason="lost",
    place="7",
    since=NOW,
)


def with_store(data: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    """What the work gives on the data's store."""

    async def run() -> T:
        async with open_store(data / "identity.sqlite") as store:
            return await work(store)

    return asyncio.run(run())


async def fill(store: Store) -> None:
    """Two dead events of one trigger, one event that is owed, and a suspended trigger."""
    await store.add_events(EVENTS)
    await store.claim_events(owner="o", now=NOW, lease=timedelta(1), sharing=Shares({"app": 9}))
    for name in ("one", "two"):
        await store.bury_event("app", name, owner="o", reason=f"no {name}\nline", now=NOW)
    await store.change_triggers("app", lambda _: [STATE])


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory that has something to show."""
    with_store(tmp_path, fill)
    return tmp_path


def said(data: Path, capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    """What the command printed."""
    assert run_command(["triggers", *arguments, "--data-dir", str(data)]) == status
    return capsys.readouterr().out


def test_lists(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Triggers with their standing, and the dead with the first line of their reasons."""
    assert said(data, capsys, "list", "app") == "stuck  DB_TRIGGER  suspended  lost\n1 events are owed\n"
    assert said(data, capsys, "dead", "app").splitlines() == [
        "two  t  2026-03-04T00:00:00Z  no two",
        "one  t  2026-03-04T00:00:00Z  no one",
    ]
    assert said(data, capsys, "dead", "app", "--trigger", "other") == "no event was given up\n"
    assert said(data, capsys, "dead", "app", "--skip", "1").startswith("one")


def test_shows_one(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An event with its arguments; an unknown one is an error."""
    shown = said(data, capsys, "show", "app", "one")
    assert 'arguments: [{"a":{"$numberInt":"1"}}]' in shown
    assert "reason: no one\nline" in shown
    assert said(data, capsys, "show", "app", "nobody", status=1) == ""


def test_replays_and_discards(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Events named, or all of a trigger; where there is none the status says so."""
    assert said(data, capsys, "replay", "app", "one") == "1 events are run anew\n"
    assert with_store(data, Store.waiting_events) == 2
    assert said(data, capsys, "discard", "app", "--trigger", "t") == "1 events are forgotten\n"
    assert said(data, capsys, "replay", "app", "--trigger", "t", status=1) == ""


def test_resumes(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A suspended trigger goes on where it was; one that is not suspended is left alone."""
    assert said(data, capsys, "resume", "app", "stuck") == "stuck goes on\n"
    assert said(data, capsys, "resume", "app", "stuck", status=1) == ""
    assert with_store(data, lambda store: store.trigger_states("app")) == [
        replace(STATE, status=TriggerStatus.ACTIVE, reason="")
    ]


def test_resumes_from_now(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What happened meanwhile can be left out."""
    said(data, capsys, "resume", "app", "stuck", "--from-now")
    (state,) = with_store(data, lambda store: store.trigger_states("app"))
    assert state.place is None
    assert state.since > NOW


def test_no_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory without data is named, and nothing is made in it."""
    assert run_command(["triggers", "list", "app", "--data-dir", str(tmp_path)]) == 1
    assert str(tmp_path) in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("skip", ["-1", "1.5", "9" * 30])
def test_skip_is_a_number_of_events(data: Path, capsys: pytest.CaptureFixture[str], skip: str) -> None:
    """Anything else is refused in a line."""
    with pytest.raises(SystemExit):
        said(data, capsys, "dead", "app", "--skip", skip)
    assert "is no number of events" in capsys.readouterr().err


def test_nothing_to_do_is_told(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who misspells an event or a trigger learns that nothing was done."""
    assert run_command(["triggers", "replay", "app", "nobody", "--data-dir", str(data)]) == 1
    assert "there is nothing to replay" in capsys.readouterr().err


def test_app_that_there_is_not(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is said of an app that was never deployed and is owed nothing, but which apps there are."""
    with_store(data, lambda store: store.add_stored_app("known", now=NOW))
    assert run_command(["triggers", "list", "apq", "--data-dir", str(data)]) == 1
    assert "there is no app 'apq' here; there are 'known'" in capsys.readouterr().err
    assert said(data, capsys, "list", "known") == "0 events are owed\n"
