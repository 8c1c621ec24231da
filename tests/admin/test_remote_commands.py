"""The commands that work on a server, as an author uses them: log in, push, look, go back."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.admin.conftest import PASSWORD, AdminClient
from tests.conformance.server_process import PATIENCE, QUICKSTART, ROOT, ServerProcess


@dataclass(frozen=True, slots=True)
class Shell:
    """Commands of a person with a home of their own."""

    home: Path

    def run(self, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """`vestibule` with these arguments."""
        environment = {"PATH": "/usr/bin:/bin", "XDG_CONFIG_HOME": str(self.home), "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            [sys.executable, "-m", "server", *arguments], cwd=self.home, env=environment, input=text,
            capture_output=True, text=True, check=False, timeout=PATIENCE,
        )  # fmt: skip

    def must(self, *arguments: str, text: str = "") -> str:
        """What the command printed; it must have succeeded."""
        ended = self.run(*arguments, text=text)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def fails(self, *arguments: str, text: str = "", status: int = 1) -> str:
        """What the command said; it must have failed with this status and no traceback."""
        ended = self.run(*arguments, text=text)
        assert ended.returncode == status, ended.stdout + ended.stderr
        assert "Traceback" not in ended.stderr
        return ended.stderr


@pytest.fixture
def shell(server: ServerProcess, owner: AdminClient, tmp_path: Path) -> Shell:
    """Ada's, logged in."""
    shell = Shell(tmp_path)
    assert "logged in" in shell.must("login", server.url, "--username", "ada", text=PASSWORD)
    return shell


@pytest.fixture
def folder(shell: Shell, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The quickstart as an app of this test's own, named `pushed`, deleted from the server afterwards."""
    folder = Path(shutil.copytree(QUICKSTART, shell.home / "app"))
    root = json.loads((folder / "realm_config.json").read_text())
    root |= {"app_id": f"pushed-{secrets.token_hex(4)}", "name": "pushed"}
    (folder / "realm_config.json").write_text(json.dumps(root))
    yield folder
    shell.run("apps", "delete", "pushed", "--yes")


def change(folder: Path, value: str) -> None:
    """Have the function `sum` return this."""
    (folder / "functions" / "sum.js").write_text(f"exports = () => {value};")


def result(shell: Shell) -> object:
    """What `sum` returns now."""
    return json.loads(shell.must("functions", "run", "pushed", "sum", "--args", "1", "--format", "json"))["result"]


def test_a_folder_is_pushed_changed_and_rolled_back(shell: Shell, folder: Path) -> None:
    """The author's day: what is pushed is served when the command returns."""
    said = shell.must("push", str(folder), "--create")
    assert "power + function" in said
    assert "serving deployment" in said
    assert result(shell) == {"$numberInt": "1"}

    change(folder, "'changed'")
    dry = shell.must("push", str(folder), "--dry-run")
    assert "+exports = () => 'changed';" in dry
    assert result(shell) == {"$numberInt": "1"}
    shell.must("push", str(folder))
    assert result(shell) == "changed"

    shell.must("rollback", "pushed")
    assert result(shell) == {"$numberInt": "1"}
    rows = json.loads(shell.must("deployments", "pushed", "--format", "json"))
    assert [row["origin"] for row in rows][:2] == ["redeployment", "draft"]
    assert shell.must("deployments", "pushed").count("successful") == len(rows)


def test_an_unchanged_folder_is_not_deployed_again(shell: Shell, folder: Path) -> None:
    """Also after it went through pull: nothing is lost on the way, nothing added."""
    shell.must("push", str(folder), "--create")
    before = len(json.loads(shell.must("deployments", "pushed", "--format", "json")))
    shell.must("pull", "pushed", "copy")

    assert "nothing to deploy" in shell.must("push", "copy")
    assert len(json.loads(shell.must("deployments", "pushed", "--format", "json"))) == before


def test_a_broken_folder_is_told_and_leaves_no_draft(shell: Shell, folder: Path) -> None:
    """By file; what was served goes on."""
    shell.must("push", str(folder), "--create")
    change(folder, "(")
    assert "functions/sum.js" in shell.fails("push", str(folder))

    assert result(shell) == {"$numberInt": "1"}
    change(folder, "2")
    shell.must("push", str(folder))


def test_anothers_draft_is_not_overrun(shell: Shell, folder: Path) -> None:
    """Whose it is is said; only --force discards it."""
    shell.must("push", str(folder), "--create")
    change(folder, "2")
    server = json.loads(shell.must("whoami", "--format", "json"))
    draft = subprocess.run(
        [sys.executable, "-c", _OPEN_DRAFT], cwd=ROOT, env={"XDG_CONFIG_HOME": str(shell.home)}, check=True,
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert server["data"]["name"] in draft.stdout
    assert "has a draft of pushed-" in shell.fails("push", str(folder))

    shell.must("push", str(folder), "--force")
    assert result(shell) == {"$numberInt": "2"}


_OPEN_DRAFT = """
from server.remote.client import RemoteServer
server = RemoteServer.of_profile("default")
print(server.send("POST", server.app("pushed").path + "/drafts"))
"""


def test_secrets_are_set_listed_and_deleted(shell: Shell, folder: Path) -> None:
    """The text comes by the standard input and is never printed."""
    shell.must("push", str(folder), "--create")
    for text in ("one", "two"):
        assert text not in shell.must("secrets", "set", "pushed", "token", text=text)
    assert shell.must("secrets", "list", "pushed").split() == ["token"]
    shell.must("secrets", "delete", "pushed", "token")

    assert shell.must("secrets", "list", "pushed") == ""
    assert "there is no secret 'token'" in shell.fails("secrets", "delete", "pushed", "token")


def test_logs_show_what_functions_did(shell: Shell, folder: Path) -> None:
    """With their console lines and errors, once they are written."""
    (folder / "functions" / "sum.js").write_text("exports = () => { console.log('seen'); throw new Error('broken'); };")
    shell.must("push", str(folder), "--create")
    assert "failed" in shell.run("functions", "run", "pushed", "sum").stdout
    said = ""
    for _ in range(100):
        said = shell.must("logs", "pushed", "--errors")
        if said:
            break

    assert "FUNCTION sum" in said
    assert "broken" in said
    assert "    seen" in said


def test_apps_are_listed_described_and_deleted(shell: Shell, folder: Path) -> None:
    """Deleting asks for a word more."""
    shell.must("push", str(folder), "--create")
    assert "pushed" in shell.must("apps", "list")
    assert "sum" in shell.must("apps", "describe", "pushed")
    assert "--yes" in shell.fails("apps", "delete", "pushed")
    shell.must("apps", "delete", "pushed", "--yes")

    assert "there is no app 'pushed'" in shell.fails("apps", "describe", "pushed")


def test_the_login_is_its_owners_alone(shell: Shell) -> None:
    """The file of tokens is readable by nobody else, and gone after logout."""
    (path,) = shell.home.glob("vestibule/*.json")
    assert path.stat().st_mode & 0o777 == 0o600
    assert "ada" in shell.must("whoami")
    shell.must("logout")

    assert not path.exists()
    assert "you are not logged in" in shell.fails("whoami", status=4)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["login", "http://127.0.0.1:1", "--username", "ada"], "cannot be reached"),
        (["login", "ftp://x", "--username", "ada"], "is no URL of a server"),
        (["push", "no-such-folder"], "no such folder"),
        (["push", ".", "--app", "nope"], "not an exported app"),
        (["pull", "nope"], "there is no app 'nope'"),
        (["rollback", "nope"], "there is no app 'nope'"),
        (["whoami", "--profile", "other"], "you are not logged in"),
        (["whoami", "--profile", "../x"], "is no name of a profile"),
        (["functions", "run", "nope", "f"], "there is no app 'nope'"),
        (["logs", "nope"], "there is no app 'nope'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_told(shell: Shell, arguments: list[str], words: str) -> None:
    """One line that says what to do."""
    status = 4 if "not logged in" in words or "no name of a profile" in words else 1
    assert words in shell.fails(*arguments, text="x", status=status)


def test_wrong_credentials_are_told(shell: Shell, server: ServerProcess) -> None:
    """And the login that was there stays."""
    assert "no administrator has this name" in shell.fails("login", server.url, "--username", "ada", text="wrong")
    assert "ada" in shell.must("whoami")


def test_lists_have_headings_and_values_are_json(shell: Shell, folder: Path) -> None:
    """What a person reads says what stands where, in the words of the files."""
    shell.must("push", str(folder), "--create")
    lines = [line.split() for line in shell.must("values", "list", "pushed").splitlines()]
    assert lines[:2] == [
        ["NAME", "VALUE", "FROM", "SECRET"],
        ["passwordLength", '{"minimum":8,"maximum":128}', "false"],
    ]
    functions = shell.must("functions", "list", "pushed")
    assert "login.test" not in functions
    assert functions.split()[:3] == ["NAME", "PRIVATE", "RUN"]
    assert shell.must("deployments", "pushed").splitlines()[1].split()[1] == "true"


def test_refusals_say_what_to_do_next(shell: Shell, folder: Path, server: ServerProcess) -> None:
    """A wrong password, a function that is not there."""
    shell.must("push", str(folder), "--create")
    assert "`vestibule functions list pushed`" in shell.fails("functions", "run", "pushed", "nope")
    said = shell.fails("login", server.url, "--username", "nobody", text="wrong")
    assert "`vestibule admins list`" in said
    assert "MongoDB" not in said
