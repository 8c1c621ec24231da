"""Guests that misbehave: a named error for the caller, the place in the log, nobody else concerned."""

from __future__ import annotations

import json

import pytest

from tests.conformance.http_client import Http, assert_refused
from tests.conformance.realm_web import RealmWeb
from tests.conformance.server_process import ServerProcess

WAYS = [
    ("loops", "ExecutionTimeLimitExceeded", "execution time limit exceeded", False),
    ("allocates", "ExecutionMemoryLimitExceeded", "memory limit exceeded", True),
    ("recurses", "FunctionExecutionError", "call stack", True),
    ("neverSettles", "FunctionExecutionError", "never", False),
    ("throwsNumber", "FunctionExecutionError", "42", False),
    ("throwsHostile", "FunctionExecutionError", "", False),
    ("returnsMuch", "", "", False),
]


@pytest.mark.parametrize(("way", "code", "text", "has_place"), WAYS)
def test_misbehaving_function_is_a_named_error(
    server: ServerProcess, http: Http, token: str, way: str, code: str, text: str, *, has_place: bool
) -> None:
    """The caller learns what went wrong, the log says where, and the next call is served."""
    start = len(server.output.text)
    answer = http.call(token, "misbehave", way)

    assert_refused(answer, 400, code or answer.json["error_code"], text)
    assert answer.json["error_code"] in {
        "FunctionExecutionError", "ExecutionTimeLimitExceeded", "ExecutionMemoryLimitExceeded",
    }  # fmt: skip
    server.output.wait_for(r"function misbehave failed: ", start=start)
    if has_place:
        server.output.wait_for(r"functions/misbehave\.js:\d+", start=start)
    assert http.call(token, "add", 1, 2).json == {"$numberInt": "3"}
    assert server.lives


@pytest.mark.parametrize("way", ["recurses", "neverSettles", "returnsMuch", "allocates", "throwsHostile"])
def test_misbehaving_login_is_refused(http: Http, way: str) -> None:
    """What a login function calls may misbehave as well: 401 for this caller, the next one is served."""
    assert_refused(http.log_in({"does": "misbehaves", "how": way}), 401, "AuthError", "error executing auth function: ")
    assert http.log_in({"id": "after-misbehaviour"}).status == 200


def test_other_logins_go_on_while_one_loops(realm_web: RealmWeb) -> None:
    """Five logins are done before the looping one is stopped."""
    printed = realm_web.run("meanwhile.mjs")

    assert printed["ended"] == ["one", "two", "three", "four", "five", "loop"]
    assert printed["outcome"]["error"]["statusCode"] == 401
    assert "execution time limit exceeded" in printed["outcome"]["error"]["error"], json.dumps(printed)
