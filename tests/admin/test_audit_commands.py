"""`vestibule audit` asks a server as it reads a data directory, and commands on a directory know apps by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.admin.conftest import PASSWORD, AdminClient, log_in, vestibule
from tests.admin.test_remote_commands import Shell, shell
from tests.conformance.server_process import ServerProcess

__all__ = ["shell"]
USERPASS = {"name": "local-userpass", "type": "local-userpass"}


@pytest.fixture
def people(shop: AdminClient) -> AdminClient:
    """An app to which three users came and which one left."""
    assert shop.of_app("POST", "/auth_providers", USERPASS).status == 201
    for name in ("ada", "bob", "eve"):
        body = {"email": f"{name}@example.com", "password": "correct horse"}
        assert shop.of_app("POST", "/users", body).status == 201
    ids = [user["_id"] for user in shop.of_app("GET", "/users").json]
    assert shop.of_app("DELETE", f"/users/{ids[0]}").status == 204
    return shop


def test_a_server_tells_what_its_directory_tells(shell: Shell, people: AdminClient, data_dir: Path) -> None:
    """The same entries in the same order, also of one event, of one user, and the newest only."""
    app = people.app_id
    (gone,) = people.of_app("GET", "/audit?event=user%20deleted").json
    for wanted in ((), ("--event", "user deleted"), ("--user", gone["user_id"]), ("--limit", "2")):
        asked = shell.must("audit", app, *wanted)
        assert asked == shell.must("audit", app, *wanted, "--data-dir", str(data_dir))
        assert asked.count("\n") == {"--event": 1, "--user": 2, "--limit": 2}.get(next(iter(wanted), ""), 4)

    assert json.loads(shell.must("audit", "shop", "--event", "user deleted"))["detail"] == "by administrator ada"
    assert [entry["event"] for entry in people.of_app("GET", "/audit?limit=2&skip=1").json] == ["user created"] * 2
    refused = people.of_app("GET", "/audit?event=user%20lost")
    assert (refused.status, refused.json["error_code"]) == (400, "InvalidParameter")
    assert "user deleted" in refused.json["error"]


def test_only_who_reads_logs_reads_it(server: ServerProcess, data_dir: Path, people: AdminClient) -> None:
    """It names users and addresses: a role that reads configurations alone does not see them."""
    for role, status in (("support", 200), ("read-only", 403)):
        name = f"{role}-audits-{people.app_id}"
        arguments = ("add", name, "--role", role, "--app", people.app_id)
        assert vestibule(data_dir, "admins", *arguments, text=PASSWORD).returncode == 0
        client = log_in(server, name)
        client.app = people.app
        assert client.of_app("GET", "/audit").status == status


def test_a_directory_knows_an_app_by_its_name(shell: Shell, people: AdminClient, data_dir: Path) -> None:
    """As a server does: events, security events, logs and faults of it are found."""
    where = ("--data-dir", str(data_dir))
    lines = (
        ("triggers", "dead", "shop"),
        ("triggers", "list", "shop"),
        ("audit", "shop", "--limit", "1"),
        ("logs", "shop", "--local"),
    )
    for line in lines:
        by_id = [people.app_id if word == "shop" else word for word in line]
        assert shell.must(*line, *where) == shell.must(*by_id, *where)
    assert shell.must("fault", "shop", "none", "--clear", *where) == "there was no fault\n"
    assert "there is no app 'nope' here" in shell.fails("logs", "nope", "--local", *where)
