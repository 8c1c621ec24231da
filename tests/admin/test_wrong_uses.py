"""Every command, wrongly used: the exit status is as documented, and the text names what is wrong and what to do."""

from __future__ import annotations

import io
import sys

import pytest

from server.cli.table import COMMANDS
from tests.admin.command_place import Place, run
from tests.admin.wrong_uses import OF_AUTHORS, OF_OPERATORS, Use
from tests.admin.wrong_uses_of_apps import OF_APPS

WRONG = {**OF_AUTHORS, **OF_APPS, **OF_OPERATORS}
USAGE_LINES = ("usage: ", " ")
"""How lines begin that say how a command is used."""


def test_every_command_has_wrong_uses() -> None:
    """At least three, each once; the tables know no other command."""
    assert WRONG.keys() == {name for name, row in COMMANDS.items() if row.group}
    assert all(len({line for line, *_ in uses}) == len(uses) >= 3 for uses in WRONG.values())


@pytest.mark.parametrize("use", [use for uses in WRONG.values() for use in uses], ids=lambda use: str(use[0])[:60])
def test_wrong_use_is_told(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, use: Use
) -> None:
    """On standard error in a line or a few: what is wrong, and the next step. Nothing else is printed, no traceback."""
    line, status, wrong, step = use
    monkeypatch.setattr(sys, "stdin", io.StringIO("short"))
    ended = run(place.arguments(line))
    said = capsys.readouterr()
    told = [text for text in said.err.splitlines() if not text.startswith(USAGE_LINES)]

    assert (ended, said.out) == (status, ""), said.err
    assert len(told) == 1, said.err
    assert told[0].startswith("vestibule: ")
    assert wrong in said.err
    assert step in said.err
