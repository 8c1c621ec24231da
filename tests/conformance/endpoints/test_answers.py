"""What an endpoint's function says becomes the answer (contract 6)."""

from __future__ import annotations

import pytest

from tests.conformance.endpoints.asking import Ask
from tests.conformance.http_client import assert_refused


def test_response_as_set(ask: Ask) -> None:
    """Status, type, several lines of one header, and the body are the function's."""
    answer = ask("GET", "/respond?status=418&type=text/html&cookie=1&text=%3Cb%3E&value=ignored")

    assert (answer.status, answer.headers["content-type"], answer.body) == (418, "text/html", b"<b>")
    assert answer.lines("Set-Cookie") == ["a=1", "b=2"]


def test_server_frames_the_answer(ask: Ask) -> None:
    """A function cannot say how long the answer is, nor pass its page for one of this host."""
    answer = ask("GET", "/respond?frame=1&text=long+enough")

    assert (answer.body, answer.headers["content-length"]) == (b"long enough", "11")
    assert answer.headers["content-security-policy"].startswith("sandbox ")
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("text", "kind"),
    [('{"a":1}', "application/json"), ("[1", "text/plain; charset=utf-8"), ("hello", "text/plain; charset=utf-8")],
)
def test_text_without_a_type(ask: Ask, text: str, kind: str) -> None:
    """A text that is a JSON object is sent as such, any other as text."""
    answer = ask("POST", "/respond?echo=1", text.encode())
    assert answer.headers["content-type"] == "application/octet-stream"

    answer = ask("GET", f"/respond?text={text.replace(' ', '+')}")
    assert (answer.body.decode(), answer.headers["content-type"]) == (text, kind)


def test_nothing_set_and_nothing_returned(ask: Ask) -> None:
    """The value is the body: null where there is none, and nothing where a status was set without one."""
    assert (ask("GET", "/respond").status, ask("GET", "/respond").json) == (200, None)
    assert (ask("GET", "/respond?status=201").status, ask("GET", "/respond?status=201").body) == (201, b"")
    assert ask("GET", "/respond?status=400&value=why").json == "why"


def test_respond_result_false(ask: Ask) -> None:
    """204 and nothing else, whatever the function set; what it throws is still an error."""
    answer = ask("POST", "/quiet?status=201&text=never+seen&cookie=1")

    assert (answer.status, answer.body) == (204, b"")
    assert "set-cookie" not in answer.headers
    assert_refused(ask("POST", "/quiet?fail=oh+no"), 400, "FunctionExecutionError", "oh no")


def test_thrown_error(ask: Ask) -> None:
    """A function that throws answers in the error form."""
    assert_refused(ask("GET", "/respond?fail=broken"), 400, "FunctionExecutionError", "broken")
    assert_refused(ask("GET", "/respond?status=99"), 400, "FunctionExecutionError", "setStatusCode")


PLAIN_VALUE = {
    "id": "0123456789abcdef01234567",
    "when": "2023-04-06T19:21:25.751Z",
    "count": 42,
    "large": 9007199254740993,
    "price": "9.99",
    "bytes": "/wA=",
    "nothing": None,
}
EXTENDED_VALUE = {
    "id": {"$oid": "0123456789abcdef01234567"},
    "when": {"$date": {"$numberLong": "1680808885751"}},
    "count": {"$numberInt": "42"},
    "large": {"$numberLong": "9007199254740993"},
    "price": {"$numberDecimal": "9.99"},
    "bytes": {"$binary": {"base64": "/wA=", "subType": "00"}},
    "nothing": None,
}


@pytest.mark.parametrize(
    ("route", "accept", "kind"),
    [
        ("/value", "*/*", "application/json"),
        ("/value", "text/html, application/ejson;q=0.9", "application/ejson"),
        ("/value/extended", "*/*", "application/ejson"),
        ("/value/extended", "application/json", "application/json"),
    ],
)
def test_return_type(ask: Ask, route: str, accept: str, kind: str) -> None:
    """The endpoint's format, which the header Accept overrides."""
    answer = ask("GET", route, headers={"Accept": accept})

    assert answer.headers["content-type"] == kind
    assert answer.json == (PLAIN_VALUE if kind == "application/json" else EXTENDED_VALUE)


def test_browsers(ask: Ask) -> None:
    """A preflight is answered for whatever headers are asked for; the function may speak on origins itself."""
    page = {"Origin": "https://page.example"}
    wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "apikey, x-mine"}
    preflight = ask("OPTIONS", "/mirror", headers=page | wanted)

    assert preflight.status == 204
    assert preflight.headers["access-control-allow-headers"] == "apikey, x-mine"
    assert ask("GET", "/value", headers=page).headers["access-control-allow-origin"] == "*"
    own = ask("GET", "/respond?origin=https://mine.example", headers=page)
    assert own.headers["access-control-allow-origin"] == "https://mine.example"
