"""`vestibule users` on a server, and on its data directory."""

from __future__ import annotations

import json
from pathlib import Path

from tests.admin.conftest import AdminClient
from tests.admin.test_remote_commands import Shell, shell
from tests.conformance.http_client import Http

__all__ = ["shell"]
ADDRESS, PASSWORD = "grace@example.com", "correct horse battery"


def made(shell: Shell, shop: AdminClient) -> str:
    """The id of a user with a password."""
    shop.of_app("POST", "/auth_providers", {"name": "local-userpass", "type": "local-userpass", "config": {}})
    said = shell.must("users", "create", shop.app_id, ADDRESS, "--format", "json", text=f"{PASSWORD}\n")
    assert PASSWORD not in said
    return str(json.loads(said)["_id"])


def test_a_user_is_made_shut_out_let_in_and_deleted(shell: Shell, shop: AdminClient) -> None:
    """Each step is in force at once; nothing is deleted by accident."""
    user, http = made(shell, shop), Http(url=shop.http.url, app_id=shop.app_id)
    credentials = {"username": ADDRESS, "password": PASSWORD}
    token = http.log_in(credentials, "local-userpass").json["access_token"]
    lines = [line.split() for line in shell.must("users", "list", shop.app_id).splitlines()]
    assert lines[0] == ["ID", "PROVIDERS", "EMAIL", "DISABLED", "LAST", "LOGIN"]
    assert lines[1][:4] == [user, "local-userpass", ADDRESS, "false"]

    assert "let in no more" in shell.must("users", "disable", shop.app_id, user)
    assert http.log_in(credentials, "local-userpass").status == 401
    assert http.profile(token).status == 401
    assert user in shell.must("users", "list", shop.app_id, "--status", "disabled")
    assert "let in again" in shell.must("users", "enable", shop.app_id, user)
    assert http.log_in(credentials, "local-userpass").status == 200
    assert "have ended" in shell.must("users", "logout", shop.app_id, user)

    assert "add --yes" in shell.fails("users", "delete", shop.app_id, user)
    assert json.loads(shell.must("users", "show", shop.app_id, user))["_id"] == user
    shell.must("users", "delete", shop.app_id, user, "--yes")
    assert "not found" in shell.fails("users", "show", shop.app_id, user)


def test_the_data_directory_has_the_same_users(shell: Shell, shop: AdminClient, data_dir: Path) -> None:
    """Without a login, while the server runs."""
    user = made(shell, shop)
    assert user in shell.must("users", "list", shop.app_id, "--local", "--data-dir", str(data_dir))


def test_a_list_goes_on_over_pages(shell: Shell, shop: AdminClient) -> None:
    """As many as are asked for, and from where one ended."""
    http = Http(url=shop.http.url, app_id=shop.app_id)
    ids = sorted(http.log_in({}, "anon-user").json["user_id"] for _ in range(52))
    listed = shell.must("users", "list", shop.app_id, "--format", "json", "--limit", "60", "--provider", "anon-user")
    assert [one["_id"] for one in json.loads(listed)] == ids
    rest = shell.must("users", "list", shop.app_id, "--format", "json", "--after", ids[49])
    assert [one["_id"] for one in json.loads(rest)] == ids[50:]
