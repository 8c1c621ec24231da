"""From a client's error to its cause: logins in the app's log, and the link that leads there."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.admin.conftest import PASSWORD, AdminClient
from tests.admin.test_remote_commands import Shell
from tests.admin.test_users import ACCOUNT, USERPASS, credentials, http_of
from tests.conformance.http_client import assert_refused
from tests.conformance.server_process import PATIENCE, ServerProcess


@pytest.fixture
def people(shop: AdminClient) -> AdminClient:
    """An app with an account of an address."""
    assert shop.of_app("POST", "/auth_providers", USERPASS).status == 201
    assert shop.of_app("POST", "/users", ACCOUNT).status == 201
    return shop


def entries(client: AdminClient, query: str, count: int = 1) -> list[dict[str, Any]]:
    """The app's entries, once there are so many; they are written soon, not at once."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        found: list[dict[str, Any]] = client.of_app("GET", f"/logs?{query}").json["logs"]
        if len(found) >= count:
            return found
        time.sleep(0.02)
    pytest.fail(f"no {count} entries for {query}")


def test_a_refused_login_is_found_by_its_link(people: AdminClient) -> None:
    """The error's link names the request; its entry says provider, user, address and reason."""
    http, user = http_of(people), people.of_app("GET", "/users").json[0]["_id"]
    refused = http.log_in({**credentials(), "password": "wrong password"}, "local-userpass")
    link = refused.json["link"]
    (entry,) = entries(people, urlsplit(link).query)
    assert entry["type"] == "AUTH"
    assert entry["auth_event"] == {"failed": True, "type": "login", "provider": "local-userpass"}
    assert (entry["user_id"], entry["error_code"]) == (user, "InvalidPassword")
    assert entry["remote_ip_address"] == "127.0.0.1"
    assert entry["co_id"] == parse_qs(urlsplit(link).query)["co_id"][0]


def test_logins_are_found_by_user_and_address(people: AdminClient) -> None:
    """Good ones and refused ones; nobody's name is kept of one that nobody has."""
    http = http_of(people)
    assert http.log_in(credentials(), "local-userpass").status == 200
    assert http.log_in({**credentials(), "password": "wrong"}, "local-userpass").status == 401
    assert http.log_in({"username": "nobody@example.com", "password": "x"}, "local-userpass").status == 401
    found = entries(people, "type=AUTH", 3)
    assert [entry["error"] is None for entry in found] == [False, False, True]
    assert found[0]["user_id"] is None
    assert "nobody@example.com" not in json.dumps(found)
    by_address = entries(people, f"type=AUTH&user_id={ACCOUNT['email']}", 2)
    assert by_address == found[1:]
    assert entries(people, "status=ok&provider=local-userpass") == found[2:]


def test_a_provider_that_is_none_is_told(people: AdminClient) -> None:
    """Disabled, the client learns nothing; the log says it."""
    (provider,) = [one for one in people.of_app("GET", "/auth_providers").json if one["type"] == "anon-user"]
    assert people.of_app("PUT", f"/auth_providers/{provider['_id']}/disable").status == 204
    http = http_of(people)
    assert http.log_in({}, "anon-user").json["error"] == "unauthorized"
    assert http.log_in({}, "smoke-signals").status == 404
    found = entries(people, "type=AUTH&status=error", 2)
    assert [entry["error"] for entry in found] == [
        "auth provider not found: 'smoke-signals'", "provider 'anon-user' is disabled",
    ]  # fmt: skip


@pytest.mark.parametrize("query", ["status=maybe", "after=-1", "skip=x", "start_date=noon", f"error={'x' * 201}"])
def test_wrong_questions_are_refused(shop: AdminClient, query: str) -> None:
    """With what is wrong."""
    assert_refused(shop.of_app("GET", f"/logs?{query}"), 400, "InvalidParameter", "must")


def test_logs_are_read_on_a_server(server: ServerProcess, people: AdminClient, tmp_path: Path) -> None:
    """`vestibule logs` takes the link as the client has it; following goes on after a cursor."""
    shell = Shell(tmp_path)
    assert shell.must("login", server.url, "--username", "ada", text=PASSWORD)
    link = http_of(people).log_in({**credentials(), "password": "no"}, "local-userpass").json["link"]
    entries(people, urlsplit(link).query)
    said = shell.must("logs", people.app_id, "--request", link)
    assert "AUTH login by local-userpass" in said
    assert "failed: unauthorized" in said
    (entry,) = map(json.loads, shell.must("logs", people.app_id, "--errors", "--format", "json").splitlines())
    assert http_of(people).log_in(credentials(), "local-userpass").status == 200
    entries(people, "type=AUTH", 2)
    (later,) = map(
        json.loads, shell.must("logs", people.app_id, "--after", entry["cursor"], "--format", "json").splitlines()
    )
    assert later["error"] is None
