"""Secrets of an app: read as plain values they work and stay out of logs; as handles no function ever has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.http_client import Http
from tests.conformance.server_process import APPS, ServerProcess, serve

PLAIN, HELD = "plain-text-of-a-secret", "held-text-of-a-secret"


@pytest.fixture(scope="module")
def secretive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of the app `secretive`, which logs all it can."""
    file: Path = tmp_path_factory.mktemp("secrets") / "secrets.json"
    file.write_text(json.dumps({"plainSecret": PLAIN, "heldSecret": HELD}))
    settings = {"VESTIBULE_WORKERS": "1", "VESTIBULE_LOG_LEVEL": "DEBUG"}
    with serve(tmp_path_factory.mktemp("data"), [APPS / "secretive"], settings, secrets=file) as started:
        yield started


@pytest.fixture
def http(secretive: ServerProcess) -> Http:
    """Raw requests to it."""
    return Http(url=secretive.url, app_id="secretive")


@pytest.fixture
def visitor(http: Http) -> str:
    """An access token."""
    access_token: str = http.log_in({}, "anon-user").json["access_token"]
    return access_token


def test_plain_secrets_work_and_stay_out_of_logs(secretive: ServerProcess, http: Http, visitor: str) -> None:
    """A function may read and return them; what it prints or throws is logged without them."""
    assert http.call(visitor, "leaks", "return").json == PLAIN
    thrown = http.call(visitor, "leaks", "throw")
    assert thrown.status == 400
    secretive.output.wait_for(r"function leaks failed: .*the secret is \[secret plainSecret\]")
    secretive.output.wait_for(r"request refused: .*the secret is \[secret plainSecret\]")
    assert PLAIN not in secretive.output.text


def test_held_secrets_are_never_seen(secretive: ServerProcess, http: Http, visitor: str) -> None:
    """The function has a placeholder, and what carries it elsewhere is refused."""
    placeholder, code, message = http.call(visitor, "gives", "https://elsewhere.invalid/").json
    assert placeholder.startswith("vestibule-secret-")
    assert (code, message) == ("RestrictedHost", "http: the secret 'heldSecret' may not be sent to 'elsewhere.invalid'")
    assert http.call(visitor, "gives", "http://api.example.com/").json[1] == "RestrictedHost"
    assert HELD not in secretive.output.text
