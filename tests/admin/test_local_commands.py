"""The same commands on a data directory: what they do there is what a server would have done."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from server.cli.commands import run_command
from tests.admin.conftest import PASSWORD, vestibule
from tests.admin.test_layouts import OLD_APP


class Local:
    """Commands on a data directory, in this process."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data = data
        self._capsys = capsys

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Status, output, errors."""
        status = run_command([*arguments, "--local", "--data-dir", str(self.data)])
        said = self._capsys.readouterr()
        return status, said.out, said.err

    def must(self, *arguments: str) -> str:
        """What it printed; it must have been done."""
        status, out, err = self.run(*arguments)
        assert status == 0, out + err
        return out


@pytest.fixture
def local(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Local:
    """A data directory, and the quickstart in a folder beside it."""
    assert vestibule(tmp_path / "data", "admins", "add", "ada", text=PASSWORD).returncode == 0
    assert run_command(["init", str(tmp_path / "shop")]) == 0
    capsys.readouterr()
    return Local(tmp_path / "data", capsys)


def test_an_authors_day_without_a_server(local: Local, tmp_path: Path) -> None:
    """Push, look, change, compare, go back."""
    shop = str(tmp_path / "shop")
    assert "serving deployment" in local.must("push", shop, "--create")
    assert "nothing to deploy" in local.must("diff", shop, "--exit-code")
    (tmp_path / "shop" / "functions" / "sum.js").write_text("exports = () => context.http.get({url: 'https://x.org'});")
    status, out, _ = local.run("diff", shop, "--exit-code")
    assert (status, "power + function sum names the host x.org" in out) == (3, True)
    assert json.loads(local.must("diff", shop, "--format", "json"))["files"] == {"functions/sum.js": "modified"}

    local.must("push", shop)
    local.must("rollback", "shop")
    rows = json.loads(local.must("deployments", "shop", "--format", "json"))
    assert [row["origin"] for row in rows][:2] == ["redeployment", "draft"]
    assert {row["user_id"] for row in rows} == {"the command line"}
    local.must("pull", "shop", str(tmp_path / "copy"))
    assert "sum(...numbers)" in (tmp_path / "copy" / "functions" / "sum.js").read_text()
    assert "shop" in local.must("apps", "list")


def test_values_are_set_shown_listed_and_deleted(local: Local, tmp_path: Path) -> None:
    """JSON where it is that, else text; each change is a deployment."""
    local.must("push", str(tmp_path / "shop"), "--create")
    local.must("values", "set", "shop", "limit", '{"a": [1]}')
    local.must("values", "set", "shop", "limit", '{"a": [2]}')
    local.must("values", "set", "shop", "word", "hello there")

    assert json.loads(local.must("values", "show", "shop", "limit")) == {"a": [2]}
    assert json.loads(local.must("values", "show", "shop", "word")) == "hello there"
    assert "limit" in local.must("values", "list", "shop")
    local.must("values", "delete", "shop", "limit")
    status, _, err = local.run("values", "show", "shop", "limit")
    assert (status, "`vestibule values list shop` shows all" in err) == (1, True)


def test_a_value_of_a_secret_needs_the_secret(local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is set here, too; the text is never shown."""
    local.must("push", str(tmp_path / "shop"), "--create")
    assert "there is no secret 'key'" in local.run("values", "set", "shop", "v", "--from-secret", "key")[2]
    text = tmp_path / "text"
    text.write_text("the text")
    with text.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        local.must("secrets", "set", "shop", "key")
    local.must("values", "set", "shop", "v", "--from-secret", "key")

    assert json.loads(local.must("values", "show", "shop", "v", "--format", "json"))["value"] == "key"
    assert "the text" not in local.must("values", "list", "shop")


def test_a_directory_without_data_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the option that names another, and nothing is made there."""
    assert run_command(["apps", "list", "--local", "--data-dir", str(tmp_path / "none")]) == 1
    assert "`--data-dir DIR` names another place" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_users_are_listed_shown_kept_out_and_deleted(local: Local, tmp_path: Path) -> None:
    """As an administrator does it over the Admin API."""
    local.must("push", str(tmp_path / "shop"), "--create")
    (tmp_path / "users.csv").write_text("_id,email\n0123456789abcdef01234567,ada@example.com\n")
    given = ["users", "import", str(tmp_path / "users.csv"), "--app", "shop", "--data-dir", str(local.data)]
    assert run_command([*given, "--format", "json"]) == 0
    id_ = "0123456789abcdef01234567"
    listed = local.must("users", "list", "shop")
    assert (id_ in listed, "ada@example.com" in listed) == (True, True)
    for action, disabled in (("disable", True), ("enable", False), ("logout", False)):
        assert id_ in local.must("users", action, "shop", id_)
        assert json.loads(local.must("users", "show", "shop", id_))["disabled"] is disabled
    assert id_ not in local.must("users", "list", "shop", "--status", "disabled")
    local.must("users", "delete", "shop", id_, "--yes")

    assert json.loads(local.must("users", "list", "shop", "--format", "json")) == []


def test_functions_are_listed_and_run_without_a_server(local: Local, tmp_path: Path) -> None:
    """In the data directory's version of the app."""
    local.must("push", str(tmp_path / "shop"), "--create")
    assert "sum" in local.must("functions", "list", "shop")
    assert 'result: {"$numberInt":"3"}' in local.must("functions", "run", "shop", "sum", "--args", "1", "--args", "2")


def test_secrets_of_an_older_export_come_along_where_that_is_wanted(
    local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the commands are told that set them; a text that is there already stays."""
    for path, content in OLD_APP.items():
        (tmp_path / "old" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "old" / path).write_bytes(content)
    old = str(tmp_path / "old")
    status, _, err = local.run("push", old, "--create", "--with-secrets")
    assert (status, "set the secret __web_token" in err, "the text" in err) == (0, True, False)
    assert local.must("secrets", "list", "another").split() == ["__web_token"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("mine"))
    local.must("secrets", "set", "another", "__web_token")
    assert local.run("push", old, "--with-secrets")[2] == ""
    assert 'result: "mine"' in local.must("functions", "run", "another", "token")
    local.must("secrets", "delete", "another", "__web_token")

    assert "  vestibule secrets set another __web_token\n" in local.run("push", old, "--dry-run")[2]
