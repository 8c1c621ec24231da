"""Bad input by raw HTTP: the error form with its exact type, nothing lost, the server alive (contract 1.2, 1.8)."""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from h2.connection import H2Connection
from h2.events import ResponseReceived

from tests.conformance.http_client import JSON, PREFIX, Http, assert_refused, bearer
from tests.conformance.server_process import ServerProcess

LOGIN = "/app/logins/auth/providers/custom-function/login"
CALL = "/app/logins/functions/call"
MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def _still_served(server: ServerProcess, http: Http) -> Iterator[None]:
    """After every test here the server lives, and lets people in."""
    yield
    assert server.lives
    assert http.log_in({"id": "survivor"}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"not json", b'{"a":1}{', b"[]", b'"text"', b"null", b"7", b"\xff\xfe", b'{"a":NaN}', b'{"a":"\xff"}',
        b'{"a":{"$oid":"short"}}', b'{"a":{"$numberInt":"x"}}', b'{"a":{"$date":"yesterday"}}',
        b'{"a":{"$binary":{"base64":"*","subType":"00"}}}', b'{"a":{"$numberLong":1e99}}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", b'{"a":' * 500 + b"1" + b"}" * 500,
    ],
    ids=lambda body: repr(body[:24]),
)  # fmt: skip
@pytest.mark.parametrize("path", [LOGIN, CALL])
def test_wrong_body_is_invalid_json(http: Http, token: str, path: str, body: bytes) -> None:
    """What is not an Extended JSON object is refused as such, on every route that takes one."""
    assert_refused(http.ask("POST", path, body, JSON | bearer(token)), 400, "InvalidJSON", "request body")


@pytest.mark.parametrize("path", [LOGIN, CALL])
def test_body_beyond_the_limit_is_refused(http: Http, token: str, path: str) -> None:
    """19 MB are a megabyte too much."""
    body = b'{"id":"' + b"x" * (19 * MEGABYTE) + b'"}'

    assert_refused(http.ask("POST", path, body, JSON | bearer(token)), 413, "ReadSizeLimitExceeded", "18 MB")


@pytest.mark.parametrize("path", [LOGIN, CALL])
def test_body_in_chunks_beyond_the_limit_is_refused(http: Http, token: str, path: str) -> None:
    """Who sends far too much without saying so beforehand reads the refusal, too."""
    chunks = (b"x" * MEGABYTE for _ in range(100))
    connection = HTTPConnection(urlsplit(http.url).netloc, timeout=120)
    connection.request("POST", PREFIX + path, chunks, JSON | bearer(token), encode_chunked=True)
    answer = connection.getresponse()

    assert (answer.status, json.loads(answer.read())["error_code"]) == (413, "ReadSizeLimitExceeded")
    connection.close()


@pytest.mark.parametrize(("app_id", "status", "code"), [("logins", 401, "InvalidSession"), ("nope", 404, "NotFound")])
def test_large_body_of_a_refused_request_is_heard_out(http: Http, app_id: str, status: int, code: str) -> None:
    """Who is still sending reads the refusal, too: a client whose token has expired must learn that."""
    body = b'{"name":"echo","arguments":["' + b"x" * (8 * MEGABYTE) + b'"]}'

    assert_refused(http.ask("POST", f"/app/{app_id}/functions/call", body, JSON | bearer("old")), status, code, "")


def test_large_body_within_the_limit_is_served(http: Http, token: str) -> None:
    """A megabyte of text is an argument like any other."""
    assert http.call(token, "echo", "x" * MEGABYTE).json == "x" * MEGABYTE


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, {"Content-Type": "nonsense"}])
def test_content_type_is_not_needed(http: Http, headers: dict[str, str]) -> None:
    """A login says what it says whatever type its body claims."""
    answer = http.ask("POST", LOGIN, b'{"id":"typeless"}', headers)

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json.keys() == {"access_token", "refresh_token", "user_id", "device_id"}


def test_anonymous_login_needs_no_body(http: Http) -> None:
    """Plain curl without a body gets an anonymous user."""
    assert http.ask("POST", "/app/logins/auth/providers/anon-user/login").status == 200


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_body_of_two_lengths_is_refused(http: Http, order: tuple[int, int]) -> None:
    """Content-Length beside Transfer-Encoding is refused, and nothing behind it on the connection is a request."""
    lengths = (b"Content-Length: 4\r\n", b"Transfer-Encoding: chunked\r\n")
    framing = b"".join(lengths[place] for place in order)
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
    address = urlsplit(http.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=120) as connection:
        connection.sendall(b"POST %b HTTP/1.1\r\nHost: a\r\n" % (PREFIX + LOGIN).encode() + framing)
        connection.sendall(b"\r\n2\r\n{}\r\n0\r\n\r\n" + smuggled)
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answers.startswith(b"HTTP/1.1 400 ")
    assert answers.count(b"HTTP/1.1 ") == 1
    assert b"connection: close" in answers.lower()


@pytest.mark.parametrize("is_upgrade", [True, False])
def test_http_2_in_the_clear_is_not_served(http: Http, *, is_upgrade: bool) -> None:
    """A proxy that lets the upgrade pass would not see what is asked for then: nothing is answered there."""
    peer, address = H2Connection(), urlsplit(http.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=120) as connection:
        if is_upgrade:
            settings = (peer.initiate_upgrade_connection() or b"").decode()
            upgrade = f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: {settings}\r\n"
            connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: a\r\n{upgrade}\r\n".encode())
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += connection.recv(65_536)
            early = answer.partition(b"\r\n\r\n")[2]
        else:
            peer.initiate_connection()
            named = [(":method", "GET"), (":path", "/healthz"), (":scheme", "http"), (":authority", "a")]
            peer.send_headers(1, named, end_stream=True)
            early = b""
        connection.sendall(peer.data_to_send())
        events = peer.receive_data(early)
        while not any(isinstance(event, ResponseReceived) for event in events):
            events = peer.receive_data(connection.recv(65_536))
    (received,) = (event for event in events if isinstance(event, ResponseReceived))

    assert dict(received.headers or [])[b":status"] == b"400"


CODE = {"$code": "echo"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": CODE}, 400),
        ({"name": "echo", "service": CODE}, 400),
        ({"name": "find", "service": "mongodb-atlas", "arguments": [{"database": CODE, "collection": "notes"}]}, 400),
        ({"name": "find", "service": "mongodb-atlas", "arguments": [{"database": "lobby", "collection": CODE}]}, 400),
    ],
)
def test_code_is_no_text(http: Http, token: str, body: object, status: int) -> None:
    """What passes for a string in BSON's types, and is none, is refused where a name is asked for."""
    answer = http.ask("POST", CALL, json.dumps(body).encode(), JSON | bearer(token))

    assert (answer.status, answer.json["error_code"] != "InternalServerError") == (status, True)


def test_code_is_no_id(http: Http) -> None:
    """A login function that returns code, which it was given, names nobody."""
    assert_refused(http.log_in({"id": CODE}), 401, "AuthError", "it must return a non-empty string")


def test_websockets_are_refused(server: ServerProcess, http: Http) -> None:
    """There are none: the answer is the usual error, and the log has no failure of the server."""
    before = len(server.output.text)
    handshake = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}

    answer = http.send("GET", "/healthz", headers=handshake | {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="})

    assert_refused(answer, 404, "NotFound", "not found")
    assert "Traceback" not in server.output.text[before:]


@pytest.mark.parametrize("options", [{"device": {}}, "text", 7, None, [], {"device": {"deviceId": 7}}])
def test_options_are_the_clients_own(http: Http, options: object) -> None:
    """A payload field named `options` never reaches the function, and no form of it breaks a login."""
    answer = http.log_in({"does": "echoed", "options": options})
    profile = http.profile(answer.json["access_token"]).json

    assert answer.status == 200
    assert profile["identities"][0]["id"] == '{"does":"echoed"}'


def test_device_id_is_kept(http: Http) -> None:
    """The device id that a client brings is the one it gets back."""
    device_id = "0123456789abcdef01234567"
    answer = http.log_in({"id": "device", "options": {"device": {"deviceId": {"$oid": device_id}}}})

    assert answer.json["device_id"] == device_id


@pytest.mark.parametrize(
    ("method", "path", "status", "code", "text"),
    [
        ("GET", "/app/nowhere/location", 404, "NotFound", "cannot find app using Client App ID 'nowhere'"),
        ("POST", "/app/nowhere/auth/providers/anon-user/login", 404, "NotFound", "cannot find app"),
        ("POST", "/app/nowhere/functions/call", 404, "NotFound", "cannot find app"),
        ("POST", "/app/logins/auth/providers/crystal-ball/login", 404, "AuthProviderNotFound", "crystal-ball"),
        ("POST", "/app/logins/auth/providers/api-key/login", 401, "AuthError", "unauthorized"),
        ("POST", "/app/strangers/auth/providers/custom-function/login", 401, "AuthError", "unauthorized"),
        ("GET", "/nothing/here", 404, "NotFound", ""),
        ("PUT", "/auth/profile", 405, "BadRequest", ""),
    ],
)
def test_unknown_things_are_named(http: Http, method: str, path: str, status: int, code: str, text: str) -> None:
    """An unknown app, provider or route, and a disabled provider, answer in the error form."""
    assert_refused(http.ask(method, path, b"{}", JSON), status, code, text)


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"arguments": []}, "MissingParameter", "'name' is a required string."),
        ({"name": 7}, "MissingParameter", "'name' is a required string."),
        ({"name": "echo", "arguments": {}}, "InvalidParameter", "'arguments' must be an array"),
        ({"name": "echo", "service": 7}, "InvalidParameter", "'service' must be a string"),
        ({"name": "find", "service": "mongodb-atlas"}, "FunctionExecutionError", ""),
        ({"name": "dropDatabase", "service": "mongodb-atlas", "arguments": [{}]}, "FunctionExecutionError", ""),
        ({"name": "find", "service": "mongodb-atlas", "arguments": [{"database": "d"}]}, "MissingParameter", ""),
        ({"name": "find", "service": "mongodb-atlas",
          "arguments": [{"database": "lobby", "collection": "notes", "query": 7}]}, "", ""),
        ({"name": "find", "service": "mongodb-atlas",
          "arguments": [{"database": "lobby\x00", "collection": "$x", "query": {}}]}, "", ""),
    ],
)  # fmt: skip
def test_wrong_calls_are_refused(http: Http, token: str, body: object, code: str, text: str) -> None:
    """A call that lacks or mistypes a part says which, as a client error."""
    answer = http.ask("POST", CALL, json.dumps(body).encode(), JSON | bearer(token))

    assert answer.status in {400, 403}
    assert_refused(answer, answer.status, code or answer.json["error_code"], text)


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer a.b.c", "Bearer ...", "Bearer " + "é" * 9,
     "Bearer " + "x" * 20_000, "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."],
    ids=lambda value: repr(value[:20]),
)  # fmt: skip
def test_garbage_token_is_an_invalid_session(http: Http, authorization: str) -> None:
    """Whatever is no token of ours makes the client refresh: 401 InvalidSession."""
    headers = JSON | ({"Authorization": authorization} if authorization else {})

    for method, path in (
        ("GET", "/auth/profile"),
        ("POST", CALL),
        ("POST", "/auth/session"),
        ("DELETE", "/auth/delete"),
    ):
        answer = http.ask(method, path, b'{"name":"echo"}' if method == "POST" else None, headers)
        assert_refused(answer, 401, "InvalidSession", "")


def test_altered_token_is_refused(http: Http, token: str) -> None:
    """Claims that were changed, or signed by an algorithm of the sender's choice, prove nothing."""
    header, claims, signature = token.split(".")
    padded = claims + "=" * (-len(claims) % 4)
    forged = json.loads(base64.urlsafe_b64decode(padded)) | {"sub": "0" * 24}
    altered = base64.urlsafe_b64encode(json.dumps(forged).encode()).rstrip(b"=").decode()
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').rstrip(b"=").decode()

    for given in (f"{header}.{altered}.{signature}", f"{unsigned}.{claims}.", f"{unsigned}.{claims}.{signature}"):
        assert_refused(http.profile(given), 401, "InvalidSession", "")


def test_token_of_another_app_is_refused(strangers: Http, token: str) -> None:
    """A user of one app is nobody in another."""
    assert_refused(strangers.call(token, "echo", 1), 401, "AuthError", "another app")


def test_each_token_has_its_own_use(http: Http) -> None:
    """A refresh token opens nothing by itself, and an access token refreshes nothing; neither loops the client."""
    tokens = http.log_in({"id": "mixed-up"}).json
    refresh, access = tokens["refresh_token"], tokens["access_token"]

    assert_refused(http.profile(refresh), 401, "AuthError", "invalid session: valid Issuer required")
    assert_refused(http.call(refresh, "echo", 1), 401, "AuthError", "invalid session: valid Issuer required")
    for method in ("POST", "DELETE"):
        assert_refused(http.ask(method, "/auth/session", headers=bearer(access)), 401, "InvalidSession", "")
    assert http.profile(access).status == 200


def test_empty_answers_have_no_type(http: Http) -> None:
    """204 comes without a body and without a Content-Type, which the client would try to read."""
    token = http.log_in({"id": "quiet"}).json["refresh_token"]
    answer = http.ask("DELETE", "/auth/session", headers=bearer(token))

    assert (answer.status, answer.body) == (204, b"")
    assert "content-type" not in answer.headers


@pytest.mark.parametrize("path", [LOGIN, CALL, "/auth/profile", "/auth/session", "/app/logins/location"])
def test_preflight_allows_any_page_by_default(http: Http, path: str) -> None:
    """An app that names no origins may be used by pages of all, with the headers and methods that clients use."""
    headers = {"Origin": "https://any.example", "Access-Control-Request-Method": "POST"}
    answer = http.ask("OPTIONS", path, headers=headers)

    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"Authorization", "Content-Type", "Accept"} <= set(
        answer.headers["access-control-allow-headers"].split(", ")
    )
    assert {"GET", "POST", "PUT", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(", "))


def test_answers_and_refusals_are_readable_by_pages(http: Http) -> None:
    """Errors carry the headers too: else the application never learns why its login failed."""
    headers = JSON | {"Origin": "https://any.example"}

    for body in (b'{"id":"page"}', b'{"does":"throws"}', b"{"):
        answer = http.ask("POST", LOGIN, body, headers)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "x-baas-location" in answer.headers["access-control-expose-headers"]


def test_origin_that_is_not_listed_is_refused(strangers: Http) -> None:
    """An app that lists origins serves pages of these alone."""
    path = "/app/strangers/auth/providers/anon-user/login"
    evil, good = {"Origin": "https://evil.example"}, {"Origin": "https://good.example"}

    for method in ("POST", "OPTIONS"):
        answer = strangers.ask(method, path, b"" if method == "OPTIONS" else b"{}", evil)
        assert_refused(answer, 403, "DomainNotAllowed", "https://evil.example")
        assert "access-control-allow-origin" not in answer.headers
    assert strangers.ask("POST", path, b"{}", good).headers["access-control-allow-origin"] == "https://good.example"
    assert strangers.ask("POST", path, b"{}").status == 200


def test_expired_or_not_the_location_is_always_told(http: Http, server: ServerProcess) -> None:
    """The first request of every client, with any headers, answers with the address it was asked at."""
    answer = http.ask("GET", "/app/logins/location", headers=bearer("x"))

    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json["hostname"] == server.url
    assert isinstance(answer.json["ws_hostname"], str)


def test_readiness_names_nobody(http: Http) -> None:
    """Whoever asks whether the server serves learns how much, not for whom."""
    answer = http.send("GET", "/readyz")
    assert (answer.status, answer.json["status"], answer.json["apps"] > 0) == (200, "ready", True)
    assert b"logins" not in answer.body
