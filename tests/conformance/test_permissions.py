"""Permissions by custom user data with the unmodified client: whom they let see what, and when they change."""

from __future__ import annotations

import pytest

from tests.conformance.http_client import Http, assert_refused
from tests.conformance.realm_web import Printed, RealmWeb
from tests.conformance.server_process import ServerProcess


@pytest.fixture(scope="module")
def results(request: pytest.FixtureRequest) -> Printed:
    """What Ada, Bob and Eve saw and did."""
    server = request.getfixturevalue("server")
    return RealmWeb(url=server.url, app_id="permitted").run("permissions.mjs")


def test_each_user_sees_what_their_role_shows(results: Printed) -> None:
    """The editor sees everything; who is on duty what filter, function and fields let through; Eve nothing."""
    assert [paper["_id"] for paper in results["ada"]] == [1, 2, 3]
    assert results["bob"] == [{"_id": 1, "desk": "news", "printed": True, "title": "a", "notes": ""}]
    assert results["eve"] == []


def test_hidden_fields_are_not_found(results: Printed) -> None:
    """A query on a hidden field finds nothing, one on a shown field what is seen."""
    assert results["bobsCounts"] == [1, 0, 1]


def test_writes_keep_to_the_fields_of_the_role(results: Printed) -> None:
    """The field that may be written is; others refuse the update, the hidden one even where nothing would change."""
    assert results["bobsNote"] == {"matchedCount": 1, "modifiedCount": 1}
    for name in ("bobsTitle", "bobsGuess", "bobsMaximum"):
        assert results[name]["error"]["error"] == "update not permitted"
    assert results["bobsInsert"]["error"]["error"] == "insert not permitted"
    assert results["bobsDelete"]["error"]["error"] == "delete not permitted"
    assert results["bobsHidden"] == {"deletedCount": 0}


def test_custom_data_of_several_documents(results: Printed) -> None:
    """The id as text goes before the ObjectId, the first inserted before later ones."""
    adas, bobs = results["customData"]

    assert (adas["first"], adas["canWrite"]) == (True, True)
    assert bobs.get("canRead") is True
    assert "canWrite" not in bobs


def test_changed_permissions_hold_at_once(results: Printed) -> None:
    """Where the app asks for it the client refreshes by itself, and the new permissions hold for the next operation."""
    assert results["promoted"] == [3, 2, 1]
    assert results["dismissed"] == []
    assert results["left"]["value"] == {"matchedCount": 0, "modifiedCount": 0}


@pytest.mark.parametrize("which", ["oid", "date", "long"])
def test_malformed_extended_json_of_a_function_is_an_error(server: ServerProcess, which: str) -> None:
    """A client is never sent what it could not read."""
    http = Http(url=server.url, app_id="permitted")
    token = http.log_in({"id": "reader"}).json["access_token"]

    assert_refused(http.call(token, "badExtendedJson", which), 400, "FunctionExecutionError", "Extended JSON")
