"""Sessions of administrators (contract 12.1)."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from tests.admin.conftest import ADMIN, PASSWORD, AdminClient, log_in, vestibule
from tests.conformance.http_client import JSON, Http, assert_refused, bearer
from tests.conformance.server_process import ServerProcess

LOGIN = f"{ADMIN}/auth/providers/local-userpass/login"
KEY_LOGIN = f"{ADMIN}/auth/providers/mongodb-cloud/login"


@pytest.fixture
def http(server: ServerProcess) -> Http:
    """Raw requests."""
    return Http(url=server.url, app_id="")


def test_a_key_pair_opens_a_session(http: Http, data_dir: Path) -> None:
    """The pair is printed once; a running server knows it at once."""
    printed = vestibule(data_dir, "admins", "add-key").stdout.split()
    body = json.dumps({"username": printed[2], "apiKey": printed[5]}).encode()
    answer = http.send("POST", KEY_LOGIN, body, JSON)

    assert answer.status == 200
    assert answer.json.keys() == {"access_token", "refresh_token", "user_id", "device_id"}
    profile = http.send("GET", f"{ADMIN}/auth/profile", headers=bearer(answer.json["access_token"]))
    assert {role["group_id"] for role in profile.json["roles"]} == {profile.json["domain_id"]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (LOGIN, {"username": "ada", "password": "wrong"}),
        (LOGIN, {"username": "nobody", "password": PASSWORD}),
        (KEY_LOGIN, {"username": "ada", "apiKey": PASSWORD}),
        (KEY_LOGIN, {"username": "", "apiKey": ""}),
    ],
)
def test_wrong_credentials_are_refused_alike(http: Http, path: str, body: dict[str, str]) -> None:
    """In the words that vendor tools know, whatever was wrong."""
    answer = http.send("POST", path, json.dumps(body).encode(), JSON)

    assert_refused(answer, 401, "AuthError", "failed to authenticate with MongoDB Cloud API: You are not authorized")


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"username": 1, "password": []}', b""])
def test_a_body_that_is_no_login_is_told(http: Http, body: bytes) -> None:
    """400, and nothing of the body in the text."""
    assert http.send("POST", LOGIN, body, JSON).status == 400


def test_a_session_is_refreshed_and_ended(server: ServerProcess, http: Http) -> None:
    """A refresh token gives access tokens until the session is ended; then neither works."""
    body = json.dumps({"username": "ada", "password": PASSWORD}).encode()
    tokens = http.send("POST", LOGIN, body, JSON).json
    refreshed = http.send("POST", f"{ADMIN}/auth/session", headers=bearer(tokens["refresh_token"]))
    assert refreshed.status == 201
    assert AdminClient(http, refreshed.json["access_token"]).ask("GET", "/auth/profile").status == 200

    ended = http.send("DELETE", f"{ADMIN}/auth/session", headers=bearer(tokens["access_token"]))
    assert (ended.status, ended.body) == (204, b"")
    for token in (tokens["access_token"], refreshed.json["access_token"]):
        assert_refused(AdminClient(http, token).ask("GET", "/auth/profile"), 401, "InvalidSession", "invalid session")
    assert http.send("POST", f"{ADMIN}/auth/session", headers=bearer(tokens["refresh_token"])).status == 401


def test_tokens_of_other_kinds_are_refused(server: ServerProcess, shop: AdminClient, http: Http) -> None:
    """A refresh token is no access token, a user's token none of an administrator's, and the other way round."""
    body = json.dumps({"username": "ada", "password": PASSWORD}).encode()
    tokens = http.send("POST", LOGIN, body, JSON).json
    as_access = AdminClient(http, tokens["refresh_token"]).ask("GET", "/auth/profile")
    assert "valid Issuer required" in as_access.json["error"]

    app = Http(url=server.url, app_id=shop.app_id)
    user = app.log_in({}, "anon-user").json
    for token in (user["access_token"], user["refresh_token"], "rubbish"):
        assert AdminClient(http, token).ask("GET", "/auth/profile").status == 401
    for token in tokens["access_token"], tokens["refresh_token"]:
        assert app.profile(token).status == 401


def test_a_removed_administrator_is_out_at_once(server: ServerProcess, data_dir: Path) -> None:
    """Their token works no more, without waiting for its end."""
    assert vestibule(data_dir, "admins", "add", "eve", text=PASSWORD).stdout == "'eve' may log in: owner of all apps\n"
    eve = log_in(server, "eve")
    assert eve.ask("GET", "/auth/profile").status == 200
    assert "'eve' was removed" in vestibule(data_dir, "admins", "remove", "eve").stdout

    assert eve.ask("GET", "/auth/profile").status == 401


@pytest.mark.parametrize(
    ("arguments", "text", "words"),
    [
        (["add", "bob"], "short", "at least 12 characters"),
        (["add", "ada"], PASSWORD, "there is an administrator 'ada' already"),
        (["remove", "nobody"], "", "there is no administrator 'nobody'"),
    ],
)
def test_wrong_use_of_the_command_is_told(
    server: ServerProcess, data_dir: Path, arguments: list[str], text: str, words: str
) -> None:
    """One line, exit status 1."""
    ended = vestibule(data_dir, "admins", *arguments, text=text)

    assert (ended.returncode, words in ended.stderr) == (1, True), ended.stderr


def test_who_guesses_has_to_wait(http: Http, data_dir: Path) -> None:
    """After some failures the right password has to wait as well, and the answer says for how long."""
    assert vestibule(data_dir, "admins", "add", "guessed", text=PASSWORD).returncode == 0
    wrong = json.dumps({"username": "guessed", "password": "wrong"}).encode()

    def guess() -> int:
        return http.send("POST", LOGIN, wrong, JSON).status

    assert [guess() for _ in range(6)] == [401] * 6
    while guess() != 429:
        pass  # each that is let through doubles the wait
    while guess() != 401:
        time.sleep(0.05)  # until a wait has begun, and not one that is about to end

    right = http.send("POST", LOGIN, json.dumps({"username": "guessed", "password": PASSWORD}).encode(), JSON)
    assert_refused(right, 429, "TooManyRequests", "too many attempts")
    assert int(right.headers["retry-after"]) > 0
