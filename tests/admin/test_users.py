"""Users of an app over the Admin API (contract 12.3, 12.4)."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from tests.admin.conftest import AdminClient, vestibule
from tests.conformance.http_client import Http, assert_refused
from tests.conformance.server_process import ServerProcess

USERPASS = {"name": "local-userpass", "type": "local-userpass", "config": {"autoConfirm": True}, "disabled": False}
ACCOUNT = {"email": "ada@example.com", "password": "correct horse battery"}


@pytest.fixture
def people(shop: AdminClient) -> AdminClient:
    """An app that takes addresses with passwords, and server keys."""
    assert shop.of_app("POST", "/auth_providers", USERPASS).status == 201
    assert shop.of_app("POST", "/auth_providers", {"name": "api-key", "type": "api-key"}).status == 201
    return shop


def http_of(client: AdminClient) -> Http:
    """The app as its users see it."""
    return Http(url=client.http.url, app_id=client.app_id)


def credentials() -> dict[str, str]:
    """How Ada logs in."""
    return {"username": ACCOUNT["email"], "password": ACCOUNT["password"]}


def test_a_made_account_logs_in(people: AdminClient) -> None:
    """Confirmed at once; the answer is the user."""
    made = people.of_app("POST", "/users", ACCOUNT)
    assert made.status == 201, made.body
    assert made.json["identities"][0]["provider_data"] == {"email": ACCOUNT["email"]}
    logged_in = http_of(people).log_in(credentials(), "local-userpass")

    assert logged_in.json["user_id"] == made.json["_id"]
    assert people.of_app("GET", f"/users/{made.json['_id']}").json["last_authentication_date"] > 0
    assert_refused(people.of_app("POST", "/users", ACCOUNT), 409, "AccountNameInUse", "name already in use")


def test_users_are_listed_by_page_and_kind(people: AdminClient) -> None:
    """Ascending by id, beginning after one; by status and provider."""
    anonymous = [http_of(people).log_in({}, "anon-user").json["user_id"] for _ in range(3)]
    account = people.of_app("POST", "/users", ACCOUNT).json["_id"]
    listed = [user["_id"] for user in people.of_app("GET", "/users").json]
    assert listed == sorted([*anonymous, account])

    after = people.of_app("GET", f"/users?after={listed[1]}").json
    assert [user["_id"] for user in after] == listed[2:]
    last = [user["_id"] for user in people.of_app("GET", "/users?sort=_id&desc=true").json]
    assert last == listed[::-1]
    before = people.of_app("GET", f"/users?desc=true&after={listed[1]}").json
    assert [user["_id"] for user in before] == listed[:1]
    by_kind = people.of_app("GET", "/users?provider_types=local-userpass").json
    assert [user["_id"] for user in by_kind] == [account]
    assert people.of_app("GET", "/users?status=disabled").json == []
    assert_refused(people.of_app("GET", "/users?after=x"), 400, "InvalidParameter", "after")


def test_a_disabled_user_is_out(people: AdminClient) -> None:
    """At once, and in again when enabled."""
    user = people.of_app("POST", "/users", ACCOUNT).json["_id"]
    http = http_of(people)
    token = http.log_in(credentials(), "local-userpass").json["access_token"]
    assert people.of_app("PUT", f"/users/{user}/disable").status == 204
    assert http.profile(token).status == 401
    assert http.log_in(credentials(), "local-userpass").status == 401
    assert [one["_id"] for one in people.of_app("GET", "/users?status=disabled").json] == [user]

    assert people.of_app("PUT", f"/users/{user}/enable").status == 204
    assert http.log_in(credentials(), "local-userpass").status == 200


def test_revoking_ends_all_sessions(people: AdminClient) -> None:
    """No refresh token of the user works any more."""
    user = people.of_app("POST", "/users", ACCOUNT).json["_id"]
    http = http_of(people)
    refresh = http.log_in(credentials(), "local-userpass").json["refresh_token"]
    assert people.of_app("PUT", f"/users/{user}/logout").status == 204

    answer = http.ask("POST", "/auth/session", headers={"Authorization": f"Bearer {refresh}"})
    assert_refused(answer, 401, "InvalidSession", "")


def test_a_deleted_user_is_gone(people: AdminClient) -> None:
    """The address is free again."""
    user = people.of_app("POST", "/users", ACCOUNT).json["_id"]
    assert people.of_app("DELETE", f"/users/{user}").status == 204

    assert_refused(people.of_app("GET", f"/users/{user}"), 404, "UserNotFound", "user not found")
    assert people.of_app("POST", "/users", ACCOUNT).status == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("DELETE", ""), ("PUT", "/disable"), ("PUT", "/enable"), ("PUT", "/logout")],
)
def test_an_unknown_user_is_told(people: AdminClient, method: str, path: str) -> None:
    """404 whatever is wanted."""
    assert_refused(people.of_app(method, f"/users/{'0' * 24}{path}"), 404, "UserNotFound", "user not found")


def test_pending_registrations_are_confirmed_or_given_up(people: AdminClient) -> None:
    """By their addresses, which are listed."""
    (provider,) = [one for one in people.of_app("GET", "/auth_providers").json if one["type"] == "local-userpass"]
    config: dict[str, Any] = {"config": {"autoConfirm": False, "emailConfirmationUrl": "https://shop.example/confirm"}}
    assert people.of_app("PATCH", f"/auth_providers/{provider['_id']}", config).status == 204
    http = http_of(people)
    for email in ("ada@example.com", "grace@example.com"):
        body = f'{{"email":"{email}","password":"correct horse battery"}}'.encode()
        assert http.ask("POST", f"/app/{people.app_id}/auth/providers/local-userpass/register", body).status == 201
    pending = people.of_app("GET", "/user_registrations/pending_users").json
    assert {one["login_ids"][0]["id"] for one in pending} == {"ada@example.com", "grace@example.com"}

    path = "/user_registrations/by_email"
    assert people.of_app("POST", f"{path}/ada@example.com/confirm").status == 204
    assert http.log_in(credentials(), "local-userpass").status == 200
    again = people.of_app("POST", f"{path}/ada@example.com/confirm")
    assert_refused(again, 400, "UserAlreadyConfirmed", "already confirmed")
    assert people.of_app("DELETE", f"{path}/grace@example.com").status == 204
    assert people.of_app("GET", "/user_registrations/pending_users").json == []
    assert people.of_app("POST", f"{path}/nobody@example.com/confirm").status == 404


def test_tokens_of_users_are_verified(people: AdminClient) -> None:
    """What a good one says; anything else is refused alike."""
    token = http_of(people).log_in({}, "anon-user").json["access_token"]
    said = people.of_app("POST", "/users/verify_token", {"token": token}).json
    assert {"sub", "exp", "iat", "iss", "domain_id", "device_id"} <= said.keys()

    for bad in ("rubbish", token[:-4] + "AAAA", people.token):
        refused = people.of_app("POST", "/users/verify_token", {"token": bad})
        assert_refused(refused, 401, "AuthError", "signature is invalid")


def test_server_keys_let_servers_in(people: AdminClient) -> None:
    """The text is shown once; a disabled or deleted key lets nobody in."""
    made = people.of_app("POST", "/api_keys", {"name": "backend"})
    assert made.status == 201, made.body
    assert made.json["key"] not in people.of_app("GET", "/api_keys").body.decode()
    http, key = http_of(people), {"key": made.json["key"]}
    assert http.log_in(key, "api-key").status == 200

    path = f"/api_keys/{made.json['_id']}"
    assert people.of_app("PUT", f"{path}/disable").status == 204
    assert http.log_in(key, "api-key").status == 401
    assert people.of_app("PUT", f"{path}/enable").status == 204
    assert http.log_in(key, "api-key").status == 200
    assert people.of_app("DELETE", path).status == 204
    assert http.log_in(key, "api-key").status == 401
    assert_refused(people.of_app("DELETE", path), 404, "APIKeyNotFound", "API key not found")


def test_the_audit_log_says_which_administrator_it_was(people: AdminClient, server: ServerProcess) -> None:
    """Of whatever they do with users and keys; what users do themselves has no such note."""
    id_ = people.of_app("POST", "/users", ACCOUNT).json["_id"]
    http_of(people).log_in(credentials(), "local-userpass")
    for action in ("logout", "disable", "enable"):
        assert people.of_app("PUT", f"/users/{id_}/{action}").status == 204
    assert people.of_app("POST", "/api_keys", {"name": "key"}).status == 201
    assert people.of_app("DELETE", f"/users/{id_}").status == 204
    lines = vestibule(server.data_dir, "audit", people.app_id).stdout.splitlines()
    details = {entry["event"]: entry.get("detail", "") for entry in map(json.loads, lines)}

    assert {event for event, detail in details.items() if "by administrator ada" not in detail} == {"login"}
    assert len(details) == 7, details


def test_a_deleted_app_takes_its_users_along(owner: AdminClient, server: ServerProcess) -> None:
    """Another app cannot have its id, and the audit log keeps who deleted it."""
    gone = owner.new_app("gone")
    assert gone.of_app("POST", "/auth_providers", USERPASS).status == 201
    assert gone.of_app("POST", "/users", ACCOUNT).status == 201
    assert gone.of_app("DELETE").status == 204
    again = owner.ask("POST", gone.app.rpartition("/")[0], {"name": "gone", "app_id": gone.app_id})

    assert (again.status, again.json["error_code"]) == (400, "BadRequest")
    assert "was deleted here" in again.json["error"]
    (entry,) = map(
        json.loads, vestibule(server.data_dir, "audit", gone.app_id, "--event", "app deleted").stdout.splitlines()
    )
    assert entry["detail"] == "by administrator ada"
    with closing(sqlite3.connect(server.data_dir / "identity.sqlite")) as database:
        left = "SELECT id FROM users WHERE app_id = ?1 UNION SELECT login FROM passwords WHERE app_id = ?1"
        assert database.execute(left, (gone.app_id,)).fetchall() == []
