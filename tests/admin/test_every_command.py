"""Every command there is: its help, a use that succeeds, and what it shows as JSON."""

from __future__ import annotations

import io
import json
import sys

import pytest

from server.cli.commands import make_parser
from server.cli.table import COMMANDS
from tests.admin.command_place import Place, run
from tests.admin.conftest import PASSWORD

LISTED = [name for name, row in COMMANDS.items() if row.group]
SERVED_BY_A_PROCESS = {"serve", "dev"}
"""Commands that do not end by themselves."""

HAPPY: dict[str, tuple[str, str]] = {
    "init": ("init {tmp}/new", "vestibule dev"),
    "run": ("run {folder} sum 1 2 --data-dir {tmp}/run", "result:"),
    "measure": ("measure {folder} sum 1 2 --calls 5 --data-dir {tmp}/run", "first call:"),
    "test": ("test {tmp}/tested --seconds 120 --data-dir {tmp}/run", "adds"),
    "types": ("types {folder} --output -", "declare namespace Vestibule"),
    "doctor": ("doctor {folder} --data-dir {tmp}/run", "sum"),
    "login": ("login {url} --username ada --profile other", "logged in"),
    "logout": ("logout --profile other", ""),
    "whoami": ("whoami", "ada at"),
    "diff": ("diff {folder}", "nothing to deploy"),
    "push": ("push {folder}", "nothing to deploy"),
    "pull": ("pull every {tmp}/copy", "wrote"),
    "deployments": ("deployments every", "successful"),
    "rollback": ("rollback every --to 2", "again"),
    "apps": ("apps list", "every"),
    "functions": ("functions list every", "sum"),
    "values": ("values list every", "passwordLength"),
    "secrets": ("secrets list every", ""),
    "logs": ("logs every", ""),
    "recordings": ("recordings list every", ""),
    "replay": ("replay {recording} --app every", "the same host calls"),
    "documents": ("documents import every {tmp}/notes.jsonl --database quickstart --data-dir {tmp}/run", "notes"),
    "triggers": ("triggers list every --data-dir {data}", "welcome  AUTHENTICATION  enabled\n0 events are owed"),
    "api-keys": ("api-keys create every first", "it is shown this once"),
    "users": ("users list every", ""),
    "admins": ("admins list --data-dir {data}", "ada"),
    "audit": ("audit every --data-dir {data}", ""),
    "keys": ("keys --data-dir {data}", "made"),
    "fault": ("fault every sum --delay 1 --for 1 --data-dir {data}", ""),
    "backup": ("backup {tmp}/backup --data-dir {data}", "files"),
    "restore": ("restore {tmp}/backed --dry-run", "whole"),
    "openapi": ("openapi", "paths"),
    "completion": ("completion bash", "complete"),
}
"""A use of each command, and what it says."""


def test_the_tables_know_every_command() -> None:
    """A new command comes with a use that succeeds; the table knows no other."""
    assert HAPPY.keys() | SERVED_BY_A_PROCESS == set(LISTED)
    assert not HAPPY.keys() & SERVED_BY_A_PROCESS


LISTINGS = [
    "apps list", "deployments every", "functions list every", "values list every", "secrets list every",
    "recordings list every", "users list every", "whoami", "admins list --data-dir {data}",
    "keys --data-dir {data}", "triggers list every --data-dir {data}", "triggers dead every --data-dir {data}",
    "triggers list every", "triggers show every welcome", "triggers dead every", "api-keys list every",
    "users import {tmp}/users.csv --app every --data-dir {tmp}/run", "diff {folder}", "apps describe every",
    "doctor {folder} --data-dir {tmp}/run",
]  # fmt: skip
"""Commands that show something."""
OTHER_FORMATS = {
    "logs": "an object a line",
    "audit": "an object a line",
    "documents": "Extended JSON, a document a line",
}
"""Listing commands whose output for programs is no single JSON text."""


@pytest.mark.parametrize("line", LISTINGS)
def test_what_is_shown_is_shown_as_json_too(place: Place, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON text and nothing beside it."""
    assert run([*place.arguments(line), "--format", "json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out), list | dict)


def test_every_listing_is_known() -> None:
    """Each action called `list`, `dead`, `show` or `describe` takes `--format json`."""
    for command in set(LISTED) - OTHER_FORMATS.keys():
        parsers = make_parser([command])._actions_parser
        assert parsers is not None
        for parser in parsers.choices[command].with_actions():
            if parser.prog.split()[-1] in {"list", "dead", "show", "describe"}:
                assert any("--format" in action.option_strings for action in parser._actions), parser.prog


@pytest.mark.parametrize("command", LISTED)
def test_every_command_and_action_has_help(command: str) -> None:
    """One that says what it does, and what each of its options does."""
    parsers = make_parser([command])._actions_parser
    assert parsers is not None
    for parser in parsers.choices[command].with_actions():
        text = parser.format_help()

        assert text.startswith(f"usage: {parser.prog}")
        unexplained = [action.dest for action in parser._actions if action.option_strings and not action.help]
        assert unexplained == [], parser.prog


@pytest.mark.parametrize("command", [command for command in HAPPY if command in LISTED])
def test_every_command_succeeds(
    place: Place, command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rightly used, it ends with 0 and says what it did."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD))
    line, words = HAPPY[command]
    status = run(place.arguments(line))
    said = capsys.readouterr()

    assert status == 0, said.err
    assert words in said.out + said.err
