"""What others wrote is shown as text: it gives a terminal no commands, and passes for no line of ours."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.cli.commands import run_command
from server.cli.remote_options import show_rows, show_value
from server.cli.terminal import indented, printable, printable_output
from server.records import LogEntry
from server.store import open_store

NASTY = "\x1b]0;title\x07\x1b[2J\r\x9b31m\u202e\x7f\b\ud800"
MOMENT = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ä, 日本\tand\nlines", "plain, ä, 日本\tand\nlines"),
        ("\x1b[31mours\x1b[0m", "\x1b[31mours\x1b[0m"),
        ("\x1b[8mhidden", "\\u001b[8mhidden"),
        ("\x1b[31;8mhidden", "\\u001b[31;8mhidden"),
        ("one\rtwo", "one\\u000dtwo"),
        (NASTY, "\\u001b]0;title\\u0007\\u001b[2J\\u000d\\u009b31m\\u202e\\u007f\\u0008\\ud800"),
    ],
)
def test_control_characters_are_spelled_out(text: str, shown: str) -> None:
    """None reaches the terminal save line ends, tabs and our own colours."""
    assert printable(text) == shown


def test_rows_and_values_are_printable(capsys: pytest.CaptureFixture[str]) -> None:
    """As a table and as JSON, whose readers get the same text back."""
    options = argparse.Namespace(format="text")
    said = NASTY.replace("\ud800", "")
    with printable_output():
        show_rows(options, [{"name": said, "type": "x"}], ["name", "type"])
        show_value(options, None, said)
        options.format = "json"
        show_rows(options, [{"name": said}], ["name"])
        sys.stdout.flush()
    text, _, rows = capsys.readouterr().out.partition("[\n")

    assert text.isprintable() or set(text) - {"\n"} == set(filter(str.isprintable, text))
    assert json.loads("[\n" + rows) == [{"name": said}]
    assert "\x1b" not in rows
    assert "\x9b" not in rows


def test_a_log_line_passes_for_no_other_entry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever a guest prints stays in its place, below its own entry."""
    forged = "2026-03-04T00:00:00.000Z AUTH login by api-key admin ok"
    entry = LogEntry(
        id="1", app_id="app", type="FUNCTION", function_name="greet", user_id="ada", error=f"no\r{forged}\n{forged}",
        error_code="X", messages=(f"hello\n{forged}", NASTY.replace("\ud800", "")), co_id="r", started_at=MOMENT,
        completed_at=MOMENT,
    )  # fmt: skip

    async def fill() -> None:
        async with open_store(tmp_path / "identity.sqlite") as store:
            await store.add_logs([entry])

    asyncio.run(fill())
    assert run_command(["logs", "app", "--local", "--data-dir", str(tmp_path)]) == 0
    out = capsys.readouterr().out

    assert [line for line in out.split("\n") if line and not line.startswith("    ")] == [
        "2026-03-04T00:00:00.000Z FUNCTION greet ada failed: no"
    ]
    assert set(out) - {"\n"} == set(filter(str.isprintable, out))
    assert indented("a\r\nb\rc") == "a\n    b\n    c"
