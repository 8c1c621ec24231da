"""`vestibule api-keys` on a server, and on its data directory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.admin.conftest import AdminClient
from tests.admin.test_remote_commands import Shell, shell
from tests.conformance.http_client import Http

__all__ = ["shell"]


@pytest.mark.parametrize("place", [(), ("--local",)], ids=["server", "data directory"])
def test_a_key_is_made_shut_out_let_in_and_deleted(
    shell: Shell, shop: AdminClient, data_dir: Path, place: tuple[str, ...]
) -> None:
    """It logs in as long as it is enabled, on the running server; its text is printed by `create` alone."""
    assert "'api-key', then push" in shell.fails("api-keys", "create", shop.app_id, "robot")
    provider = {"name": "api-key", "type": "api-key"}
    assert shop.of_app("POST", "/auth_providers", provider).status == 201
    app, http = shop.app_id, Http(url=shop.http.url, app_id=shop.app_id)
    where = (*place, "--data-dir", str(data_dir)) if place else ()
    made = json.loads(shell.must("api-keys", "create", app, "robot", "--format", "json", *where))

    def status() -> int:
        return http.log_in({"key": made["key"]}, "api-key").status

    assert status() == 200
    assert "let in no more" in shell.must("api-keys", "disable", app, "robot", *where)
    assert status() == 401
    listed = shell.must("api-keys", "list", app, *where)
    assert listed.splitlines()[1].split() == [made["_id"], "robot", "true"]
    assert made["key"] not in listed
    assert "let in again" in shell.must("api-keys", "enable", app, made["_id"], *where)
    assert status() == 200
    assert "already exists" in shell.fails("api-keys", "create", app, "robot", *where)
    assert "deleted key robot" in shell.must("api-keys", "delete", app, "robot", *where)
    assert status() == 401
    assert shell.must("api-keys", "list", app, *where) == ""
