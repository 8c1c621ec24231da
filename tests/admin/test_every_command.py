"""Every command there is: its help, a use that succeeds, and at least three that are refused with a word of help."""

from __future__ import annotations

import io
import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from server.cli.commands import make_parser, run_command
from server.cli.table import COMMANDS
from tests.admin.conftest import PASSWORD, AdminClient, in_time
from tests.conformance.server_process import PATIENCE, ROOT, ServerProcess

LISTED = [name for name, row in COMMANDS.items() if row.group]
NO_OPTION = "unrecognized arguments"
SERVED_BY_A_PROCESS = {"serve", "dev"}
"""Commands that do not end by themselves; the last test runs them."""

HAPPY: dict[str, tuple[str, str]] = {
    "init": ("init {tmp}/new", "vestibule dev"),
    "run": ("run {folder} sum 1 2 --data-dir {tmp}/run", "result:"),
    "measure": ("measure {folder} sum 1 2 --calls 5 --data-dir {tmp}/run", "first call:"),
    "test": ("test {tmp}/tested --data-dir {tmp}/run", "adds"),
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

NOT_LOGGED_IN = (4, "`vestibule login URL` does that")
WRONG: dict[str, list[tuple[str, int, str]]] = {
    "init": [
        ("init {folder}", 1, "is there already"),
        ("init {tmp}/x --template nope", 2, "invalid choice"),
        ("init {tmp}/y --app-id a/b", 1, "--app-id"),
    ],
    "dev": [
        ("dev {tmp}/none --port 0 --data-dir {tmp}/run", 1, "no such folder"),
        ("dev {folder} --port x", 1, "port"),
        ("dev {folder} --nope", 2, NO_OPTION),
    ],
    "serve": [
        ("serve {tmp}/none --port 0 --data-dir {tmp}/run", 1, "no such folder"),
        ("serve {folder} --port 70000", 1, "port"),
        ("serve {folder} --secrets {tmp}/none.json", 1, "none.json"),
    ],
    "run": [
        ("run {folder}", 2, "FUNCTION"),
        ("run {folder} nope --data-dir {tmp}/run", 1, "nope"),
        ("run {folder} sum --user nobody --data-dir {tmp}/run", 1, "has no user 'nobody'"),
    ],
    "measure": [
        ("measure {folder} nope --data-dir {tmp}/run", 1, "function not found: 'nope'"),
        ("measure {folder} sum --calls 0 --data-dir {tmp}/run", 2, "is not a number from 1 on"),
        ("measure {folder} login null --data-dir {tmp}/run", 1, "`vestibule run` shows where"),
        ("measure {folder}", 2, "FUNCTION"),
    ],
    "test": [
        ("test {tmp}/none", 2, "no such folder"),
        ("test {folder} --seconds 0", 2, "more than 0"),
        ("test", 2, "APP_DIR"),
    ],
    "types": [
        ("types", 2, "APP_DIR"),
        ("types {tmp}/none", 1, "no such folder"),
        ("types {tmp}", 1, "not an exported app"),
    ],
    "doctor": [
        ("doctor {tmp}/none", 2, "no such folder"),
        ("doctor {folder} --format xml", 2, "invalid choice"),
        ("doctor --nope", 2, NO_OPTION),
    ],
    "login": [
        ("login http://127.0.0.1:1 --username ada", 1, "does `vestibule serve` run there?"),
        ("login {url}", 2, "--username"),
        ("login ftp://x --key k", 1, "begins with http"),
    ],
    "logout": [
        ("logout --profile ../x", 4, "is no name of a profile"),
        ("logout --profile none", *NOT_LOGGED_IN),
        ("logout now", 2, NO_OPTION),
    ],
    "whoami": [
        ("whoami --profile none", *NOT_LOGGED_IN),
        ("whoami --format xml", 2, "invalid choice"),
        ("whoami ada", 2, NO_OPTION),
    ],
    "diff": [
        ("diff {tmp}/none", 1, "no such folder"),
        ("diff {folder} --app nope", 1, "`vestibule push --create` makes it"),
        ("diff {folder} --profile none", *NOT_LOGGED_IN),
    ],
    "push": [
        ("push {tmp}", 1, "not an exported app"),
        ("push {folder} --app nope", 1, "`vestibule push --create` makes it"),
        ("push {folder} --local --data-dir {tmp}/none", 1, "`--data-dir DIR` names another place"),
    ],
    "pull": [
        ("pull nope", 1, "you see:"),
        ("pull every {folder}", 1, "--force"),
        ("pull every {tmp}/z --layout 2019", 2, "invalid choice"),
    ],
    "deployments": [
        ("deployments nope", 1, "you see:"),
        ("deployments every --limit x", 2, "invalid int"),
        ("deployments every --profile none", *NOT_LOGGED_IN),
    ],
    "rollback": [
        ("rollback every --to 999", 1, "`vestibule deployments` lists all"),
        ("rollback nope", 1, "you see:"),
        ("rollback", 2, "APP"),
    ],
    "apps": [
        ("apps describe nope", 1, "you see:"),
        ("apps delete every", 1, "add --yes"),
        ("apps make x", 2, "invalid choice"),
    ],
    "functions": [
        ("functions run every nope", 1, "nope"),
        ("functions run every", 2, "FUNCTION"),
        ("functions list nope", 1, "you see:"),
    ],
    "values": [
        ("values show every nope", 1, "`vestibule values list every` shows all"),
        ("values set every a/b 1", 1, "not a valid name"),
        ("values set every v --from-secret nope", 1, "there is no secret 'nope'"),
    ],
    "secrets": [
        ("secrets delete every nope", 1, "`vestibule secrets list every` shows all"),
        ("secrets set every a/b", 1, "not a valid name"),
        ("secrets list nope", 1, "you see:"),
    ],
    "logs": [
        ("logs nope", 1, "you see:"),
        ("logs every --limit x", 2, "invalid int"),
        ("logs every --start yesterday", 2, "write it as 2026-"),
    ],
    "recordings": [
        ("recordings show every nope", 1, "nope"),
        ("recordings list nope", 1, "you see:"),
        ("recordings keep every", 2, "invalid choice"),
    ],
    "replay": [
        ("replay nope", 1, "nope"),
        ("replay nope --source {folder} --as-recorded", 2, "not allowed with"),
        ("replay", 2, "ID"),
    ],
    "documents": [
        ("documents find every db coll --data-dir {tmp}/none", 1, "--data-dir names"),
        ("documents import every {tmp}/none --data-dir {tmp}/run", 1, "none"),
        ("documents nope every", 2, "invalid choice"),
    ],
    "triggers": [
        ("triggers list every --data-dir {tmp}/none", 1, "--data-dir names"),
        ("triggers show every nope --data-dir {data}", 1, "no event 'nope'"),
        ("triggers show every nope", 1, "no event 'nope'"),
        ("triggers enable every nope", 1, "`vestibule triggers list every` shows all"),
        ("triggers disable every nope --local --data-dir {data}", 1, "there is no trigger 'nope'"),
        ("triggers delete nope welcome", 1, "you see:"),
        ("triggers set every t {tmp}/none.json", 1, "none.json"),
        ("triggers set every t {tmp}/users.csv", 1, "is no JSON"),
        ("triggers set every t", 2, "FILE"),
        ("triggers resume every welcome", 1, "there is nothing to resume"),
        ("triggers replay every nope", 1, "there is nothing to replay"),
        ("triggers discard every nope", 1, "there is nothing to discard"),
        ("triggers list every --profile none", *NOT_LOGGED_IN),
        ("triggers dead every --skip x", 2, "no number of events"),
    ],
    "api-keys": [
        ("api-keys create every a/b", 1, "InvalidParameter"),
        ("api-keys delete every nope", 1, "`vestibule api-keys list every` shows all"),
        ("api-keys enable every nope --local --data-dir {data}", 1, "there is no key 'nope'"),
        ("api-keys disable every", 2, "KEY"),
        ("api-keys list nope", 1, "you see:"),
    ],
    "users": [
        ("users import {tmp}/none.csv --app every --data-dir {tmp}/run", 1, "none.csv"),
        ("users show every 000000000000000000000000", 1, "not found"),
        ("users import {tmp}/users.csv", 2, "--app"),
        ("users export {tmp}/users.csv --app every", 2, "invalid choice"),
        ("users list nope", 1, "you see:"),
        ("users list every --status x", 2, "invalid choice"),
        ("users list every --local --data-dir {tmp}/none", 1, "`--data-dir DIR` names another place"),
        ("users delete every 000000000000000000000000", 1, "add --yes"),
    ],
    "admins": [
        ("admins remove nobody --data-dir {data}", 1, "`vestibule admins list` shows all"),
        ("admins add ada --role king", 2, "invalid choice"),
        ("admins add short --data-dir {data}", 1, "at least 12"),
    ],
    "audit": [
        ("audit", 2, "APP"),
        ("audit nope --data-dir {data}", 1, "there is no app 'nope' here"),
        ("audit every --event NOPE", 2, "invalid choice"),
        ("audit every --limit x", 2, "invalid int"),
    ],
    "keys": [
        ("keys --remove nope --data-dir {data}", 1, "there is no key 'nope'"),
        ("keys --rotate --remove x", 2, "not allowed with"),
        ("keys list", 2, NO_OPTION),
    ],
    "fault": [
        ("fault every sum", 2, "one of the arguments"),
        ("fault every sum --delay x", 2, "--delay"),
        ("fault every sum --delay 1 --trap", 2, "not allowed with"),
    ],
    "backup": [
        ("backup {folder} --data-dir {data}", 1, "a backup is a new directory"),
        ("backup {tmp}/b --data-dir {tmp}/none", 1, "--data-dir names the directory"),
        ("backup", 2, "DIR"),
    ],
    "restore": [
        ("restore {tmp}/none --dry-run", 1, "`vestibule backup` writes"),
        ("restore {tmp}/backed --data-dir {data}", 1, "another server is running"),
        ("restore {tmp}/backed --data-dir {tmp}/run", 1, "name another --data-dir"),
    ],
    "openapi": [
        ("openapi now", 2, NO_OPTION),
        ("openapi --nope", 2, NO_OPTION),
        ("openapi --format text", 2, NO_OPTION),
    ],
    "completion": [
        ("completion tcsh", 2, "invalid choice"),
        ("completion", 2, "SHELL"),
        ("completion bash zsh", 2, NO_OPTION),
    ],
}
"""Wrong uses: the exit status, and what is said."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where commands are tried: a server with an app, its folder, an empty directory, and a call that was recorded."""

    url: str
    data: Path
    folder: Path
    tmp: Path
    recording: str = ""

    def arguments(self, line: str) -> list[str]:
        """The words of a command line."""
        given: dict[str, object] = {"url": self.url, "data": self.data, "folder": self.folder, "tmp": self.tmp}
        given |= {"recording": self.recording}
        return shlex.split(line.format(**given))


def run(arguments: list[str]) -> int:
    """The exit status."""
    try:
        return run_command(arguments)
    except SystemExit as ended:
        return int(str(ended.code))


def group(owner: AdminClient) -> str:
    """The path of the server's one group."""
    return f"/groups/{owner.ask('GET', '/auth/profile').json['roles'][0]['group_id']}"


@pytest.fixture(scope="module")
def place(server: ServerProcess, owner: AdminClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Ada's, logged in twice, with an app that was pushed."""
    tmp = tmp_path_factory.mktemp("commands")
    made = Place(server.url, server.data_dir, tmp / "every", tmp)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp / "home"))
        patch.chdir(tmp)
        for line in ("login {url} --username ada", "login {url} --username ada --profile other"):
            patch.setattr(sys, "stdin", io.StringIO(PASSWORD))
            assert run(made.arguments(line)) == 0
        (tmp / "users.csv").write_text("_id,email\n0123456789abcdef01234567,ada@example.com\n")
        (tmp / "notes.jsonl").write_text('{"_id": 1}\n')
        assert run(made.arguments("init {tmp}/tested")) == 0
        (tmp / "tested" / "functions" / "sum.test.js").write_text('test("adds", () => {});\n')
        assert run(made.arguments("init {folder}")) == 0
        providers = made.folder / "auth" / "providers.json"
        with_keys = json.loads(providers.read_text()) | {"api-key": {"name": "api-key", "type": "api-key"}}
        providers.write_text(json.dumps(with_keys))
        settings = {"functions": {"sum": {"record": "always"}}}
        (made.folder / "vestibule.json").write_text(json.dumps(settings))
        tried = ("run {folder} sum --data-dir {tmp}/run", "backup {tmp}/backed --data-dir {tmp}/run")
        for line in ("push {folder} --create", *tried, "functions run every sum"):
            assert run(made.arguments(line)) == 0
        (app,) = (one for one in owner.ask("GET", f"{group(owner)}/apps").json if one["name"] == "every")
        path = f"{group(owner)}/apps/{app['_id']}/recordings"
        yield replace(made, recording=in_time(lambda: owner.ask("GET", path).json)[0]["_id"])
        assert run(["apps", "delete", "every", "--yes"]) == 0


def test_the_tables_know_every_command() -> None:
    """A new command comes with a use that succeeds and three that do not; the tables know no other."""
    assert HAPPY.keys() | SERVED_BY_A_PROCESS == set(LISTED)
    assert not HAPPY.keys() & SERVED_BY_A_PROCESS
    assert WRONG.keys() == set(LISTED)
    assert all(len(cases) >= 3 for cases in WRONG.values())


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


@pytest.mark.parametrize(
    ("line", "status", "words"),
    [case for command in LISTED for case in WRONG[command]],
    ids=lambda value: str(value)[:60],
)
def test_wrong_use_is_told(
    place: Place,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    line: str,
    status: int,
    words: str,
) -> None:
    """By its exit status, and on standard error by a line that helps; nothing else is printed."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("short"))
    ended = run(place.arguments(line))
    said = capsys.readouterr()

    assert (ended, words in said.err) == (status, True), said.err
    assert said.out == ""


@pytest.mark.parametrize("command", sorted(SERVED_BY_A_PROCESS))
def test_what_serves_serves(place: Place, command: str, tmp_path: Path) -> None:
    """Until it is stopped; `dev` also says how to log in, and shows what the functions did."""
    arguments = [sys.executable, "-m", "server", command, str(place.folder), "--port", "0", "--data-dir", str(tmp_path)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[-1]
            login = Request(f"{url}/api/client/v2.0/app/every/auth/providers/custom-function/login", method="POST")
            login.add_header("Content-Type", "application/json")
            login.data = json.dumps({"username": "Ada", "password": "correct horse", "register": True}).encode()
            with urlopen(login, timeout=PATIENCE) as answer:
                assert "access_token" in json.load(answer)
            said = iter(process.stdout.readline, "")
            if command == "dev":
                assert any("custom-function/login -d" in line for line in said)
                assert any("FUNCTION login" in line for line in said)
        finally:
            process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0
