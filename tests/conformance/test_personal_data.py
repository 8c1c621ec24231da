"""Personal data that an app declares, and secrets, stay out of every log, whichever way functions print them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.admin.conftest import vestibule
from tests.conformance.http_client import Http
from tests.conformance.server_process import APPS, PATIENCE, ServerProcess, serve

KEY = "a-key-that-nobody-knows"
PERSON = {"email": "ada.lovelace@example.com", "profile": {"phone": "+44 20 7946 0999", "phones": 2}, "note": "Enigma"}
PRIVATE = ("ada.lovelace", "7946", "eve@example.org", KEY, KEY[:9], KEY[9:])


@pytest.fixture(scope="module")
def discreet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of the app `discreet`, which logs all it can."""
    file: Path = tmp_path_factory.mktemp("secrets") / "secrets.json"
    file.write_text(json.dumps({"keySecret": KEY}))
    settings = {"VESTIBULE_WORKERS": "1", "VESTIBULE_LOG_LEVEL": "DEBUG"}
    with serve(tmp_path_factory.mktemp("data"), [APPS / "discreet"], settings, secrets=file) as started:
        yield started


@pytest.fixture
def http(discreet: ServerProcess) -> Http:
    """Raw requests to it."""
    return Http(url=discreet.url, app_id="discreet")


def logged(server: ServerProcess, *conditions: str) -> dict[str, Any]:
    """The app's one entry that meets the conditions, once it is there."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        said = vestibule(server.data_dir, "logs", "discreet", "--local", "--format", "json", *conditions)
        if lines := said.stdout.splitlines():
            (entry,) = map(json.loads, lines)
            found: dict[str, Any] = entry
            return found
    pytest.fail(f"no entry: {conditions}")


def test_functions_may_print_what_they_like(discreet: ServerProcess, http: Http) -> None:
    """Objects, texts, JSON in capitals, errors and arguments lose personal data, and secrets also in pieces or encoded;
    the caller is told the function's own error, and the rest of each line stays.
    """
    token = http.log_in({}, "anon-user").json["access_token"]
    told = http.call(token, "tells", PERSON)
    assert "ada.lovelace@example.com" in told.json["error"]
    entry = logged(discreet, "--request", told.json["link"], "--function", "tells")
    said = json.dumps(entry)
    assert not [text for text in PRIVATE if text.casefold() in said.casefold()], said
    assert "[secret keySecret]" in entry["messages"]
    assert "[personal], call [personal]" in said
    assert "no way to reach [personal]" in entry["error"]
    assert entry["function_call"]["name"] == "tells"
    assert "ENIGMA" in said
    assert "Enigma" in entry["function_call"]["arguments"]
    assert not [text for text in PRIVATE if text in discreet.output.text]


def test_refused_logins_tell_nobody_s_address(discreet: ServerProcess, http: Http) -> None:
    """Neither the entry of the login nor that of the function, nor the audit log."""
    refused = http.log_in({"email": "mallory@example.net"})
    assert (refused.status, "mallory@example.net" in refused.json["error"]) == (401, True)
    of_login = logged(discreet, "--request", refused.json["link"], "--type", "auth")
    of_function = logged(discreet, "--request", refused.json["link"], "--function", "enter")
    audit = vestibule(discreet.data_dir, "audit", "discreet").stdout
    assert "login" in audit
    assert "mallory" not in json.dumps([of_login, of_function]) + audit + discreet.output.text
    assert "[personal] may not enter" in of_function["error"]


def test_given_up_events_tell_nothing_personal(discreet: ServerProcess, http: Http) -> None:
    """The error of a trigger's function is kept with its event: without what its run met, and without secrets."""
    http.log_in({}, "anon-user")
    give_up = time.monotonic() + PATIENCE
    while not (said := vestibule(discreet.data_dir, "triggers", "dead", "discreet").stdout):
        assert time.monotonic() < give_up
    shown = vestibule(discreet.data_dir, "triggers", "show", "discreet", said.split()[0]).stdout
    assert "[personal] has no letters for [secret keySecret]" in said
    assert "[personal] has no letters for [secret keySecret]" in shown
    assert "grace@example.net" not in said + shown + discreet.output.text
