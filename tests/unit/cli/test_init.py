"""`vestibule init` writes an app that reads without a problem, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.apps.folder import read_app
from server.cli.commands import run_command
from server.cli.init import TEMPLATES
from server.cli.login_examples import login_examples

SECRETS = {"tokenKey": "k" * 40}


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_is_an_app_of_its_new_name(tmp_path: Path, template: str) -> None:
    """With a login, and with nothing left of the example's own name but its README's words."""
    assert run_command(["init", str(tmp_path / "my-shop"), "--template", template]) == 0
    app = read_app(tmp_path / "my-shop", secrets=SECRETS)

    assert (app.app_id, app.name) == ("my-shop", "my-shop")
    assert "custom-function" in app.providers
    assert not [path for path in (tmp_path / "my-shop").rglob("*") if path.is_file() and template in path.read_text()]


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file that is there stops everything, before anything is written."""
    (tmp_path / "realm_config.json").write_text("mine")

    assert run_command(["init", str(tmp_path), "--app-id", "shop"]) == 1
    assert "realm_config.json is there already" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["realm_config.json"]
    assert (tmp_path / "realm_config.json").read_text() == "mine"


def test_the_folders_name_becomes_an_app_id(tmp_path: Path) -> None:
    """Whatever an id cannot hold is left out."""
    assert run_command(["init", str(tmp_path / "My shop (new)")]) == 0

    assert read_app(tmp_path / "My shop (new)", secrets={}).app_id == "My-shop-new"


def test_a_login_is_ready_to_paste(tmp_path: Path) -> None:
    """With the fields that the login function takes."""
    assert run_command(["init", str(tmp_path / "shop")]) == 0
    lines = list(login_examples(tmp_path / "shop", "http://127.0.0.1:9090"))

    assert any("anon-user/login -d '{}'" in line for line in lines)
    assert any('"username": "Ada"' in line and '"register": true' in line for line in lines)
    assert list(login_examples(tmp_path, "http://127.0.0.1:9090")) == []
