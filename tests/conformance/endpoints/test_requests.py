"""What of a request reaches the function of an HTTPS endpoint or incoming webhook, and which function (contract 6)."""

from __future__ import annotations

import pytest

from tests.conformance.endpoints.asking import Ask, signed
from tests.conformance.http_client import PREFIX, Http, assert_refused

EVERY_BYTE = bytes(range(256)) * 4
MEGABYTE = 1024 * 1024


def test_function_gets_the_request(ask: Ask) -> None:
    """Query (first values), headers (lists, canonical names), body, and `context.request` beside them."""
    headers = {"x-custom-HEADER": "1", "Authorization": "Basic YTpi", "User-Agent": "tests"}
    found = ask("POST", "/mirror?a=1&a=2&b=%C3%A9&secret=s", b"\x00\xffbody", headers).json

    assert found["query"] == {"a": "1", "b": "é", "secret": "s"}
    assert (found["headers"]["X-Custom-Header"], found["headers"]["Authorization"]) == (["1"], ["Basic YTpi"])
    assert found["body"] == b"\x00\xffbody".hex()
    request = found["request"]
    assert (request["httpMethod"], request["webhookUrl"], request["rawQueryString"]) == (
        "POST", "/mirror", "a=1&a=2&b=%C3%A9",
    )  # fmt: skip
    assert (request["httpUserAgent"], request["remoteIPAddress"]) == ("tests", "127.0.0.1")
    assert (found["user"], found["isSystem"]) == ("system", True)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_star_takes_every_method(ask: Ask, method: str) -> None:
    """An endpoint for `*` is called by each of them; without a body there is none."""
    found = ask(method, "/mirror").json

    assert (found["request"]["httpMethod"], found["body"]) == (method, None)


def test_head_is_a_get_without_a_body(ask: Ask) -> None:
    """HEAD runs the GET endpoint and says how long its answer would be."""
    answer = ask("HEAD", "/value")

    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) == len(ask("GET", "/value").body)


@pytest.mark.parametrize("route", ["/nothing", "/mirror/", "//mirror", "/mirror/nested", "/", "/closed", "/Mirror"])
def test_route_is_exact(ask: Ask, route: str) -> None:
    """What is not a route to the letter, or is disabled, is not there."""
    assert_refused(ask("GET", route), 404, "EndpointNotFound", "endpoint not found")


def test_nested_route(ask: Ask) -> None:
    """A route may have several parts."""
    assert ask("GET", "/mirror/nested/deeper").json["request"]["webhookUrl"] == "/mirror/nested/deeper"


def test_other_method_is_refused(ask: Ask) -> None:
    """A route that does not take the method names those it takes."""
    answer = ask("DELETE", "/respond")

    assert_refused(answer, 405, "BadRequest", "method not allowed")
    assert answer.headers["allow"] == "GET, POST"


def test_unknown_app(http: Http) -> None:
    """An app that does not exist has no endpoints."""
    assert_refused(http.send("GET", "/app/nowhere/endpoint/x"), 404, "NotFound", "cannot find app")


def test_bodies_are_binary_safe(ask: Ask) -> None:
    """Every byte goes in and comes back as it was, whatever type it claims."""
    answer = ask("POST", "/respond?echo=1", EVERY_BYTE, {"Content-Type": "application/x-www-form-urlencoded"})

    assert answer.body == EVERY_BYTE
    assert answer.headers["content-type"] == "application/octet-stream"


def test_large_body_within_the_limit(ask: Ask) -> None:
    """Megabytes pass through."""
    body = EVERY_BYTE * 4 * 1024
    assert ask("POST", "/respond?echo=1", body).body == body


def test_body_beyond_the_limit(ask: Ask) -> None:
    """19 MB are a megabyte too much."""
    assert_refused(ask("POST", "/mirror", b"x" * (19 * MEGABYTE)), 413, "ReadSizeLimitExceeded", "18 MB")


def test_incoming_webhook(http: Http) -> None:
    """The older form, at its older address, with its own folder and secret."""
    body = b"a delivery"
    path = f"{PREFIX}/app/endpoints/service/http/incoming_webhook"
    signature = {"X-Hook-Signature": signed(body, "the_secret")["Endpoint-Signature"]}

    assert http.send("GET", f"{path}/greet?name=Ada").json == "hello Ada"
    answer = http.send("POST", f"{path}/signed", body, signature)
    assert (answer.status, answer.body) == (202, b"A DELIVERY")
    assert_refused(http.send("POST", f"{path}/signed", body), 401, "IncomingWebhookAuthFailed", "does not prove")
    assert_refused(http.send("GET", f"{path}/none"), 404, "IncomingWebhookNotFound", "not found: 'none'")
    assert_refused(http.send("POST", f"{path}/greet"), 405, "BadRequest", "")


def test_webhook_functions_are_private(http: Http) -> None:
    """A webhook's source cannot be called as a function by a client."""
    token = http.log_in({}, "anon-user").json["access_token"]
    answer = http.call(token, "services/http/incoming_webhooks/greet", {"query": {}})
    assert_refused(answer, 404, "FunctionNotFound", "function not found")
