"""The example app `quickstart` with the unmodified client: what its README promises."""

from __future__ import annotations

import pytest

from tests.conformance.realm_web import RealmWeb
from tests.conformance.server_process import ServerProcess

REGISTERED = {"username": "Ada", "password": "correct horse"}


@pytest.fixture
def quickstart(server: ServerProcess) -> RealmWeb:
    """The client of the quickstart."""
    return RealmWeb(url=server.url, app_id="quickstart")


def test_account_is_opened_and_used(quickstart: RealmWeb) -> None:
    """Who registers may log in afterwards by the same password, is the same user, and calls the app's functions."""
    [registered] = quickstart.run("login.mjs", [REGISTERED | {"register": True}])
    printed = quickstart.run("calls.mjs", REGISTERED, [["whoami"], ["sum", 1, 2, 3], ["login", REGISTERED]])
    me, total, private = printed["outcomes"]

    assert registered["value"]["profile"] == {"name": "Ada"}
    assert printed["id"] == registered["value"]["id"] == me["value"]["id"]
    assert me["value"]["providers"] == ["custom-function"]
    assert total == {"value": 6}
    assert private["error"]["errorCode"] == "FunctionNotFound"


def test_wrong_passwords_and_unknown_names_answer_alike(quickstart: RealmWeb) -> None:
    """A refusal does not tell whether there is such an account; a taken name is told to who registers."""
    quickstart.run("login.mjs", [{"username": "Grace", "password": "long enough", "register": True}])
    wrong, unknown, taken = quickstart.run(
        "login.mjs",
        [
            {"username": "Grace", "password": "not the one"},
            {"username": "Nobody", "password": "not the one"},
            {"username": "grace", "password": "long enough", "register": True},
        ],
    )

    assert wrong["error"]["error"] == unknown["error"]["error"]
    assert "wrong username or password" in wrong["error"]["error"]
    assert "username is taken" in taken["error"]["error"]
