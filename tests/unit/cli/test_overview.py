"""The list of commands is whole, quick, and helps whoever mistypes; colours and bars are for those who watch."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from server.cli.overview import overview, run_overview
from server.cli.table import COMMANDS
from server.cli.terminal import Colours, Progress, coloured_diff, watched

ROOT = Path(__file__).resolve().parents[3]


class Terminal(io.StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_every_command_is_listed() -> None:
    """But for those that are no person's business."""
    text = overview()

    assert all(f"\n  {name} " in text for name, row in COMMANDS.items() if row.group)
    assert "http-worker" not in text


def test_a_mistyped_command_is_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    """With the list for those who meant another."""
    assert run_overview(["pusj"]) == 2
    assert "did you mean `vestibule push`?" in capsys.readouterr().err
    assert run_overview(["--nope"]) == 2
    assert "there is no option --nope" in capsys.readouterr().err
    assert run_overview([]) == 2


def test_the_list_loads_no_command() -> None:
    """Neither the settings nor the server: help is there at once."""
    code = (
        "import sys; sys.argv[1:] = ['--help']; import server.__main__ as m\ntry: m.main()\nexcept SystemExit: pass\n"
    )
    code += "print([name for name in sys.modules if name.startswith(('pydantic', 'quart', 'wasmtime'))])"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ended.stdout.splitlines()[-1] == "[]"


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for files, not with NO_COLOR, not for dumb terminals."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert Colours(Terminal()).red("x") == "\033[31mx\033[0m"
    assert Colours(io.StringIO()).red("x") == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Colours(Terminal()).red("x") == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")

    assert Colours(Terminal()).red("x") == "x"


def test_a_bar_is_shown_to_those_who_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """And wiped in the end; a pipe gets nothing."""
    monkeypatch.setenv("TERM", "xterm")
    for stream, is_shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with Progress("sending", 10) as progress:
            progress.reached(10)

        assert ("100%" in stream.getvalue()) is is_shown
        assert stream.getvalue().endswith("\r\033[K" if is_shown else "")


def test_what_has_no_known_end_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one line, and as a bar once it is known how much there is; a terminal is not written to for each step."""
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with Progress("importing", unit="documents") as progress:
        for number in range(10_000):
            progress.reached(number)
        progress.reached(5, 10)
        progress.reached(10, 10)

    assert "importing 0 documents" in stream.getvalue()
    assert stream.getvalue().count("\r") < 1000
    assert "100%" in stream.getvalue()
    assert "\n" not in stream.getvalue()


@pytest.mark.parametrize("is_watched", [True, False])
def test_things_are_given_one_by_one(monkeypatch: pytest.MonkeyPatch, *, is_watched: bool) -> None:
    """Whether or not somebody watches how far they are."""
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal() if is_watched else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)

    assert list(watched("writing", [1, 2, 3])) == [1, 2, 3]
    assert ("writing [" in stream.getvalue()) is is_watched


def test_a_diff_in_a_pipe_is_plain() -> None:
    """Byte for byte what the server said."""
    assert coloured_diff("--- a\n+++ a\n-x\n+y") == "--- a\n+++ a\n-x\n+y"


def test_each_group_stands_once() -> None:
    """Commands of a group stand together, wherever their rows are."""
    headings = [line for line in overview().splitlines() if line.endswith(":")]
    assert len(headings) == len(set(headings)) == len({row.group for row in COMMANDS.values() if row.group})
