"""What a user creation function writes and causes: with the account, or not at all (contract 7.6)."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.http_client import Http, assert_refused
from tests.conformance.server_process import APPS, PATIENCE, ServerProcess, serve

AT_ONCE = 12
MESSAGES = "SELECT messages FROM logs WHERE function_name = ?"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of the app `creating`, in two processes."""
    settings = {"VESTIBULE_WORKERS": "2", "VESTIBULE_HTTP_WORKERS": "2"}
    with serve(tmp_path_factory.mktemp("data"), [APPS / "creating"], settings) as started:
        yield started


@pytest.fixture
def http(server: ServerProcess) -> Http:
    """Raw requests to the app."""
    return Http(url=server.url, app_id="creating")


@pytest.fixture(scope="module")
def witness(server: ServerProcess) -> str:
    """The token of somebody who looks."""
    access_token: str = Http(url=server.url, app_id="creating").log_in({"name": "witness"}).json["access_token"]
    return access_token


def seen(http: Http, token: str, name: str) -> Any:
    """What there is of a person."""
    return http.call(token, "seen", name).json


def number(value: Any) -> int:
    """A number of Extended JSON."""
    return int(next(iter(value.values())))


def wait_for_notes(http: Http, token: str, name: str) -> int:
    """How many notes of the name there are, once there is one."""
    deadline = time.monotonic() + PATIENCE
    while not (notes := number(seen(http, token, name)["notes"])):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return notes


def test_all_of_it_with_the_account(http: Http, witness: str) -> None:
    """Plain writes, those after a caught error, another function's, a session's, and those not waited for."""
    answer = http.log_in({"name": "ada"})
    found = seen(http, witness, "ada")

    assert answer.status == 200
    assert [person["_id"] for person in found["people"]] == ["ada once", "ada in session", "ada not awaited"]
    assert (found["people"][0]["again"], number(found["people"][1]["sees"])) == (True, 1)
    assert number(found["counted"]) == 1
    assert wait_for_notes(http, witness, "ada") == 1


def test_custom_data_is_in_the_first_token(http: Http) -> None:
    """What the function wrote is read for the token of the very login."""
    token = http.log_in({"name": "grace"}).json["access_token"]

    assert number(http.call(token, "seen", "grace").json["counted"]) == 1


@pytest.mark.parametrize(("name", "text"), [("throws", "not wanted"), ("hangs", "time limit exceeded")])
def test_nothing_without_the_account(http: Http, witness: str, name: str, text: str) -> None:
    """A creation that fails leaves no document, and causes nothing afterwards."""
    assert_refused(http.log_in({"name": name}), 401, "AuthError", text)
    assert http.log_in({"name": f"after {name}"}).status == 200
    wait_for_notes(http, witness, f"after {name}")
    found = seen(http, witness, name)

    assert (found["people"], number(found["counted"]), number(found["notes"])) == ([], 0, 0)


def test_session_that_aborts(http: Http, witness: str) -> None:
    """A session's transaction within the function may be taken back without the rest."""
    assert http.log_in({"name": "aborts"}).status == 200
    found = [person["_id"] for person in seen(http, witness, "aborts")["people"]]

    assert found == ["aborts once", "aborts not awaited"]


def test_creations_that_change_one_document(http: Http, witness: str) -> None:
    """Users who come at once to both processes all get their account, and the counter they share loses none."""
    before = seen(http, witness, "")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda n: http.log_in({"name": f"crowd {n}"}).status, range(AT_ONCE)))
    after = seen(http, witness, "")

    assert answers == [200] * AT_ONCE
    assert number(after["total"]) - number(before["total"]) == AT_ONCE
    assert number(after["all"]) == number(after["total"])


def test_calls_afterwards(http: Http, witness: str) -> None:
    """Any function may ask for them; they happen once it has ended well, and not where it failed."""
    assert_refused(http.call(witness, "askForNotes", "failed", True), 400, "FunctionExecutionError", "nothing of it")
    assert http.call(witness, "askForNotes", "asked", False).json == "asked"

    assert wait_for_notes(http, witness, "asked") == 1
    assert number(seen(http, witness, "failed")["notes"]) == 0


def test_calls_afterwards_with_long_arguments(http: Http, witness: str) -> None:
    """Nothing is lost that the server has still to read when the run that asked, and did not wait, has ended."""
    assert http.call(witness, "askForNotes", "long", False, 3_000_000).json == "asked"
    assert wait_for_notes(http, witness, "long") == 1


def wait_until(happens: Callable[[], bool]) -> None:
    """Until it does."""
    deadline = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def logged(server: ServerProcess, function: str) -> list[str]:
    """The lines of a function's runs in the log of the app, once there are some."""
    deadline = time.monotonic() + PATIENCE
    with closing(sqlite3.connect(server.data_dir / "identity.sqlite")) as connection:
        while not (rows := connection.execute(MESSAGES, [function]).fetchall()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    return [line for (messages,) in rows for line in json.loads(messages)]


def test_refused_calls_afterwards_are_told(server: ServerProcess, http: Http, witness: str) -> None:
    """Who asks for too much and does not wait finds in the log what was refused; the rest happens."""
    assert http.call(witness, "askForMuch", "much", 7_000_000).json == "asked"
    assert wait_for_notes(http, witness, "much") >= 1
    wait_until(lambda: number(seen(http, witness, "much")["notes"]) == 2)
    text = "context.after was refused: the arguments of calls afterwards exceed the limit of 18874368 bytes"
    assert logged(server, "askForMuch") == [text]


def test_calls_afterwards_have_the_callers_authority(http: Http) -> None:
    """A user's run cannot have a function called as the system by asking for it afterwards."""
    login = http.log_in({"name": "asker"}).json
    assert http.call(login["access_token"], "askAsUser", "self").status == 200

    assert wait_for_notes(http, login["access_token"], f"self {login['user_id']} false") == 1


def test_real_mongodb_keeps_what_was_written(tmp_path: Path, mongod_uri: str) -> None:
    """There each write lasts as it is made, also where the creation fails; calls afterwards and sessions hold."""
    settings = {"VESTIBULE_WORKERS": "1", "VESTIBULE_DATA_SOURCE": f"mongodb-atlas={mongod_uri}"}
    with serve(tmp_path, [APPS / "creating"], settings) as started:
        http = Http(url=started.url, app_id="creating")
        token = http.log_in({"name": "mongo witness"}).json["access_token"]
        assert_refused(http.log_in({"name": "throws in mongo"}), 401, "AuthError", "not wanted")
        assert http.log_in({"name": "aborts in mongo"}).status == 200
        wait_for_notes(http, token, "aborts in mongo")
        left = [person["_id"] for person in seen(http, token, "throws in mongo")["people"]]

        assert left == ["throws in mongo once", "throws in mongo in session"]
        assert number(seen(http, token, "throws in mongo")["notes"]) == 0
        assert "aborts in mongo in session" not in [
            person["_id"] for person in seen(http, token, "aborts in mongo")["people"]
        ]
