"""Exports make nobody wait, lose nothing that their sink takes, and count what it does not."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from server.exports import export
from server.exports.export import LogExport
from server.exports.json_lines import JsonLines
from server.exports.opening import wanted_exports
from server.records import LogEntry
from server.settings import Settings, SettingsError

NOW = datetime(2026, 3, 4, tzinfo=UTC)
SECONDS = 120


@dataclass
class Taking:
    """A sink that begins to take entries when it is told to."""

    name: str = "a sink"
    taken: list[str] = field(default_factory=list)
    begins: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)
    fails: bool = False

    def write(self, entries: Sequence[LogEntry]) -> int:
        """Wait, then take or fail."""
        self.asked.set()
        assert self.begins.wait(SECONDS)
        if self.fails:
            raise RuntimeError("no room")
        self.taken += [entry.id for entry in entries]
        return 0

    def close(self) -> None:
        """Noted."""
        self.taken.append("closed")


def entry(number: int) -> LogEntry:
    """One of many."""
    return LogEntry(
        id=str(number), app_id="app", type="FUNCTION", function_name="f", user_id=None, error=None, error_code=None,
        messages=("one\u2028line\ud800",), started_at=NOW, completed_at=NOW, claimed_login="what somebody typed",
    )  # fmt: skip


async def test_what_was_added_is_sent_by_the_end() -> None:
    """In order, then the sink is closed."""
    sink = Taking()
    sink.begins.set()
    async with LogExport(sink) as log_export:
        for number in range(3):
            log_export.add(entry(number))
    assert (sink.taken, log_export.lost) == (["0", "1", "2", "closed"], 0)


async def test_a_sink_that_stands_still_holds_nobody_up(caplog: pytest.LogCaptureFixture) -> None:
    """Beyond the bound the oldest are given up, counted and told; the rest is sent once the sink goes on."""
    sink = Taking()
    with caplog.at_level(logging.WARNING):
        async with LogExport(sink, most_waiting=10) as log_export:
            log_export.add(entry(-1))
            assert sink.asked.wait(SECONDS)
            for number in range(25):
                log_export.add(entry(number))
            sink.begins.set()
    assert sink.taken == ["-1", *map(str, range(15, 25)), "closed"]
    assert log_export.lost == 15
    assert "a sink did not take 15 log entries, 15 so far" in caplog.text


async def test_a_sink_that_fails_is_tried_with_the_next(caplog: pytest.LogCaptureFixture) -> None:
    """What it failed with is counted."""
    sink = Taking(fails=True)
    sink.begins.set()
    async with LogExport(sink) as log_export:
        log_export.add(entry(1))
    assert log_export.lost == 1
    assert sink.taken == ["closed"]
    assert "a sink failed" in caplog.text


async def test_a_server_stops_though_a_sink_does_not_go_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After a while, and says so."""
    monkeypatch.setattr(export, "PATIENCE", 0.01)
    sink = Taking()
    async with LogExport(sink) as log_export:
        log_export.add(entry(1))
        assert sink.asked.wait(SECONDS)
    assert "does not take the last" in caplog.text
    sink.begins.set()


def test_lines_are_json_whatever_texts_hold() -> None:
    """One object a line, with the app's id; the name that somebody typed at a login is not in it."""
    reading, writing = os.pipe()
    assert JsonLines(writing).write([entry(1), entry(2)]) == 0
    os.close(writing)
    with os.fdopen(reading, encoding="ascii", newline="\n") as lines:
        found = list(map(json.loads, lines))
    assert [one["_id"] for one in found] == ["1", "2"]
    assert found[0]["messages"] == ["one\u2028line\ud800"]
    assert (found[0]["app"], "cursor" in found[0], "typed" in str(found)) == ("app", False, False)


def test_a_reader_that_is_gone_costs_entries_not_the_server() -> None:
    """They are counted as lost."""
    reading, writing = os.pipe()
    os.close(reading)
    assert JsonLines(writing).write([entry(1)]) == 1
    os.close(writing)


def test_without_the_package_the_setting_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is imported unless it is wanted."""
    monkeypatch.delitem(sys.modules, "server.exports.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry._logs", None)
    assert list(wanted_exports(Settings())) == []
    with pytest.raises(SettingsError, match=r"pip install 'vestibule\[opentelemetry\]'"):
        list(wanted_exports(Settings(otlp_endpoint="http://127.0.0.1:4318")))
