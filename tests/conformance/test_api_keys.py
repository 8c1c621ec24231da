"""API keys with the unmodified client: made once, worth the user's own session, gone when disabled (contract 1.7)."""

from __future__ import annotations

import json
import re

from tests.conformance.http_client import JSON, Http, assert_refused, bearer
from tests.conformance.mail_server import Mailbox
from tests.conformance.realm_web import RealmWeb
from tests.conformance.server_process import ServerProcess


def test_life_of_a_key(accounts_server: tuple[ServerProcess, Mailbox]) -> None:
    """A key opens sessions of its owner until it is disabled or deleted; its text is shown once."""
    printed = RealmWeb(url=accounts_server[0].url, app_id="accounts").run("api-keys.mjs")
    key = printed["key"]

    assert re.fullmatch(r"[A-Za-z0-9]{64}", key["key"])
    assert (key["name"], key["disabled"]) == ("first_key", False)
    assert printed["fetched"] == {"_id": key["_id"], "name": "first_key", "disabled": False}
    assert printed["listed"] == [printed["fetched"]]
    assert printed["owner"]["id"] == printed["user"]["id"] == printed["again"]
    assert printed["owner"]["identities"] == printed["user"]["identities"]
    assert printed["ownDeletion"]["error"]["statusCode"] == 403
    disabled = printed["disabled"]["error"]
    assert (disabled["statusCode"], disabled["errorCode"], disabled["error"]) == (401, "AuthError", "unauthorized")
    assert printed["ended"]["error"]["errorCode"] == "InvalidSession"
    assert printed["sum"] == 3
    assert printed["badName"]["error"]["errorCode"] == "InvalidParameter"
    assert "ASCII letters, numbers, underscores, and hyphens" in printed["badName"]["error"]["error"]
    assert (printed["taken"]["error"]["statusCode"], printed["taken"]["error"]["errorCode"]) == (
        409,
        "APIKeyAlreadyExists",
    )
    assert printed["deleted"] == {"value": "(undefined)"}
    assert printed["gone"]["error"]["errorCode"] == "APIKeyNotFound"
    assert "doesn't exist" in printed["unknown"]["error"]["error"]
    assert printed["byDeleted"]["error"] | {"link": ""} == disabled | {"link": ""}


def test_keys_of_others_and_of_nobody(accounts: Http) -> None:
    """Anonymous users have no keys, nobody sees another's, and an access token is not enough."""
    anonymous = accounts.log_in({}, "anon-user").json
    owner = accounts.log_in({"id": "key owner"}).json
    stranger = accounts.log_in({"id": "stranger"}).json
    body = json.dumps({"name": "mine"}).encode()
    made = accounts.ask("POST", "/auth/api_keys", body, JSON | bearer(owner["refresh_token"]))
    path = f"/auth/api_keys/{made.json['_id']}"

    refused = accounts.ask("POST", "/auth/api_keys", body, JSON | bearer(anonymous["refresh_token"]))
    assert_refused(refused, 400, "InvalidParameter", "anonymous users cannot have API keys")
    foreign = accounts.ask("GET", path, headers=bearer(stranger["refresh_token"]))
    assert_refused(foreign, 404, "APIKeyNotFound", "API key not found")
    by_access = accounts.ask("GET", path, headers=bearer(owner["access_token"]))
    assert_refused(by_access, 401, "InvalidSession", "failed to find refresh token")
    missing = accounts.ask("POST", "/auth/api_keys", b"{}", JSON | bearer(owner["refresh_token"]))
    assert_refused(missing, 400, "MissingParameter", "'name' is a required string.")


def test_a_user_has_twenty_keys_at_most(accounts: Http) -> None:
    """The twenty-first key is refused."""
    refresh = bearer(accounts.log_in({"id": "collector"}).json["refresh_token"])
    answers = [
        accounts.ask("POST", "/auth/api_keys", json.dumps({"name": f"k{n}"}).encode(), JSON | refresh)
        for n in range(21)
    ]

    assert [answer.status for answer in answers] == [201] * 20 + [400]
