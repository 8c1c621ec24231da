"""`vestibule logs` in a data directory, and how it follows: page by page, past a server that is away."""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.cli import logs
from server.cli.commands import run_command
from server.records import LogEntry
from server.remote.exchange import RemoteError
from server.store import open_store

START = datetime(2026, 3, 4, tzinfo=UTC)


def entry(number: int, **fields: Any) -> LogEntry:
    """An entry of the app; three share each moment."""
    given: dict[str, Any] = {
        "id": f"{number:03}", "app_id": "app", "type": "FUNCTION", "function_name": "greet", "user_id": "ada",
        "error": None, "error_code": None, "messages": (), "co_id": f"request{number}",
        "started_at": START + timedelta(seconds=number // 3), "completed_at": START,
    }  # fmt: skip
    return LogEntry(**given | fields)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with 250 entries, one of them of a refused login."""
    entries = [entry(number) for number in range(249)]
    refused = entry(
        249, type="AUTH", function_name=None, error="confirmation required", error_code="AuthError",
        provider_type="local-userpass", auth_event="login", user_id=None,
    )  # fmt: skip

    async def fill() -> None:
        async with open_store(tmp_path / "identity.sqlite") as store:
            await store.add_logs([*entries, refused])

    asyncio.run(fill())
    return tmp_path


def shown(data: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    """The entries that the command prints."""
    arguments = ["logs", "app", "--local", "--data-dir", str(data), "--format", "json", *options]
    assert run_command(arguments) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_pages_are_joined_without_gaps_or_doubles(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """More entries than a page holds, several of each moment: all of them, oldest first."""
    assert [found["_id"] for found in shown(data, capsys, "--limit", "1000")] == [f"{n:03}" for n in range(250)]
    assert [found["_id"] for found in shown(data, capsys, "--limit", "101")] == [f"{n:03}" for n in range(149, 250)]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        (["--type", "auth"], ["249"]),
        (["--error", "CONFIRMATION"], ["249"]),
        (["--errors", "--provider", "local-userpass"], ["249"]),
        (["--status", "ok", "--request", "request7"], ["007"]),
        (["--request", "https://host/groups/g/apps/a/logs?co_id=request8"], ["008"]),
        (["--function", "greet", "--start", "2026-03-04T00:01:22Z"], ["246", "247", "248"]),
        (["--user", "ada", "--end", "2026-03-04T00:00:00Z"], ["000", "001", "002"]),
        (["--user", "nobody@example.com"], []),
    ],
)
def test_what_is_asked_for_is_found(
    data: Path, capsys: pytest.CaptureFixture[str], options: list[str], ids: list[str]
) -> None:
    """Each condition alone and with others."""
    assert [found["_id"] for found in shown(data, capsys, *options)] == ids


def test_reading_goes_on_where_it_ended(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """After the cursor of an entry come exactly those that were kept later."""
    (found,) = shown(data, capsys, "--request", "request245")
    later = shown(data, capsys, "--after", found["cursor"])
    assert [one["_id"] for one in later] == ["246", "247", "248", "249"]


def test_text_says_by_which_provider(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for an entry, with what was asked of which provider and why it was refused."""
    assert run_command(["logs", "app", "--local", "--data-dir", str(data), "--type", "auth"]) == 0
    assert "AUTH login by local-userpass - failed: confirmation required" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--error", "x" * 201], "at most 200 characters"),
        (["--data-dir", "/nowhere"], "--data-dir names the directory"),
    ],
)
def test_wrong_questions_are_told(
    data: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    """In a line, with status 1."""
    assert run_command(["logs", "app", "--local", "--data-dir", str(data), *options]) == 1
    assert said in capsys.readouterr().err


class _Ended(Exception):
    pass


def test_a_follower_waits_for_a_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It asks again after the same cursor: nothing is missed, nothing shown twice; a refusal ends it."""
    monkeypatch.setattr("server.cli.logs.time.sleep", lambda _: None)
    log = [{"_id": str(number), "cursor": str(number + 1)} for number in range(5)]
    asked: list[str] = []
    shown_ids: list[str] = []

    def ask(query: dict[str, str]) -> dict[str, Any]:
        asked.append(query["after"])
        if len(asked) in {2, 3}:
            raise RemoteError("cannot be reached")
        if len(asked) > 5:
            raise _Ended
        after = int(query["after"])
        return {"logs": log[after : after + 2], "cursor": str(min(after + 2, 5))}

    monkeypatch.setattr(logs, "_show", lambda _, found: shown_ids.append(found["_id"]))
    monkeypatch.setattr(logs, "PAGE", 2)
    options = argparse.Namespace(follow=True, **dict.fromkeys(_CONDITIONS))
    with pytest.raises(_Ended):
        logs._follow(ask, options, "0", set())
    assert shown_ids == ["0", "1", "2", "3", "4"]
    assert capsys.readouterr().err.count("cannot be reached; waiting for it") == 1
    assert asked == ["0", "2", "2", "2", "4", "5"]


def test_a_refusal_ends_a_follower() -> None:
    """It is not waited for what will not change."""

    def ask(_: dict[str, str]) -> dict[str, Any]:
        raise RemoteError("your roles do not allow you", "Forbidden")

    options = argparse.Namespace(follow=True, **dict.fromkeys(_CONDITIONS))
    with pytest.raises(RemoteError):
        logs._follow(ask, options, "0", set())


_CONDITIONS = (
    "user", "function", "provider", "request", "error", "status", "start", "end", "errors", "type",
)  # fmt: skip
