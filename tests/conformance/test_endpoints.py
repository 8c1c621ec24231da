"""HTTPS endpoints and incoming webhooks by real HTTP, as the contract shows them (contract 6)."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.conformance.http_client import PREFIX, Answer, Http, assert_refused, bearer
from tests.conformance.server_process import APPS, ServerProcess, serve

SECRETS = {"querySecret": "öpen sesame", "signingSecret": "0123456789abcdef", "tokenKey": "k" * 32}
EVERY_BYTE = bytes(range(256)) * 4
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server of the app `endpoints`."""
    data = tmp_path_factory.mktemp("data")
    secrets = data / "secrets.json"
    secrets.write_text(json.dumps(SECRETS), encoding="utf-8")
    with serve(data / "kept", [APPS / "endpoints"], {"VESTIBULE_WORKERS": "2"}, secrets=secrets) as started:
        yield started


@pytest.fixture
def http(server: ServerProcess) -> Http:
    """Raw requests to the app."""
    return Http(url=server.url, app_id="endpoints")


@pytest.fixture
def ask(http: Http) -> Ask:
    """Requests to the app's endpoints."""
    return Ask(http)


class Ask:
    """Requests to endpoints, by their route."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def __call__(
        self, method: str, route: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request; the route may have a query."""
        return self._http.send(method, f"/app/endpoints/endpoint{route}", body, headers)


def signed(body: bytes, secret: str = SECRETS["signingSecret"]) -> dict[str, str]:
    """The header by which a sender signs a body."""
    return {"Endpoint-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


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


def test_secret_as_query_parameter(ask: Ask) -> None:
    """The right secret opens, and the function does not see it; anything else is refused."""
    for name in ("secret", "%73ecret", "secre%74"):
        found = ask("GET", f"/locked?{name}=%C3%B6pen%20sesame&a=1").json
        assert (found["query"], found["request"]["rawQueryString"]) == ({"a": "1"}, "a=1")

    for query in ("", "?secret=", "?secret=wrong", "?Secret=%C3%B6pen%20sesame", "?secret=%ff", "?secret=a&secret=b"):
        assert_refused(ask("GET", f"/locked{query}"), 401, "IncomingWebhookAuthFailed", "does not prove")


def test_signed_sender(ask: Ask) -> None:
    """A sender that signs is heard, by either name of the header; a delivery made twice is kept once."""
    body = json.dumps({"item": "bell", "note": "ünïcode"}).encode()
    older = {"X-Hook-Signature": signed(body)["Endpoint-Signature"].upper().replace("SHA256", "sha256")}

    assert ask("POST", "/orders", body, signed(body) | {"X-Delivery": "1"}).json == {"orders": 1}
    assert ask("POST", "/orders", body, older | {"X-Delivery": "2"}).json == {"orders": 2}
    assert ask("POST", "/orders", body, signed(body) | {"X-Delivery": "2"}).status == 200


def test_sender_that_does_not_prove_itself(ask: Ask) -> None:
    """Another key, body, form or no signature at all: refused, and the function never runs."""
    body = b'{"item":"drum"}'
    right = signed(body)["Endpoint-Signature"]
    wrong = [
        {}, {"Endpoint-Signature": ""}, {"Endpoint-Signature": right.removeprefix("sha256=")},
        {"Endpoint-Signature": right[:-1]}, {"Endpoint-Signature": right[:-1] + "g"},
        {"Endpoint-Signature": right.replace("sha256", "sha1")}, signed(body, "another key"), signed(body + b" "),
    ]  # fmt: skip

    for headers in wrong:
        answer = ask("POST", "/orders", body, headers | {"X-Delivery": "forged"})
        assert_refused(answer, 401, "IncomingWebhookAuthFailed", "does not prove")
    assert ask("POST", "/orders", body, signed(body) | {"X-Delivery": "forged"}).status == 201


def test_can_evaluate_judges_the_request(ask: Ask) -> None:
    """A function that runs as the system has its `can_evaluate` asked of who comes by an endpoint."""
    assert ask("GET", "/office", headers={"X-Office": "yes"}).json == "come in"
    assert_refused(ask("GET", "/office"), 400, "FunctionExecutionError", 'rule not matched for function "fromOffice"')


def test_user_function_needs_credentials(ask: Ask) -> None:
    """Without any, with some that are no token, with a token of no use, and with two kinds at once: refused."""
    assert_refused(ask("GET", "/me"), 401, "MissingAuthReq", "no authentication methods were specified")
    assert_refused(ask("GET", "/me", headers=bearer("x.y.z")), 401, "InvalidSession", "")
    assert_refused(ask("GET", "/me", headers={"Authorization": "Basic YTpi"}), 401, "InvalidSession", "")
    both = {"apiKey": "k", "email": "a@b.c", "password": "secret"}
    assert_refused(ask("GET", "/me", headers=both), 400, "InvalidParameter", "more than one")
    assert_refused(ask("GET", "/me", headers={"apiKey": "k"}), 401, "AuthError", "unauthorized")


PASSWORD = "correct horse"


def registered(http: Http, address: str) -> Any:
    """The login of a new user with an address."""
    account = json.dumps({"email": address, "password": PASSWORD}).encode()
    assert http.ask("POST", "/app/endpoints/auth/providers/local-userpass/register", account).status == 201
    return http.log_in({"username": address, "password": PASSWORD}, "local-userpass").json


def test_address_and_password(ask: Ask, http: Http) -> None:
    """The headers `email` and `password` are a login for one request, and stay out of the function."""
    login = registered(http, "ada@example.org")
    account = {"email": "ada@example.org", "password": PASSWORD}
    found = ask("GET", "/me", headers=account | {"X-Other": "1"}).json

    assert (found["user"]["id"], found["user"]["data"]) == (login["user_id"], {"email": "ada@example.org"})
    assert not {"Email", "Password"} & {*found["headers"], *found["requestHeaders"]}
    assert "X-Other" in found["headers"]
    for wrong in ({"password": "wrong horse"}, {"email": "nobody@example.org"}):
        assert_refused(ask("GET", "/me", headers=account | wrong), 401, "InvalidPassword", "unauthorized")


@pytest.mark.parametrize("header", ["apiKey", "api-key"])
def test_api_key(ask: Ask, http: Http, header: str) -> None:
    """A key of a user names the user, as long as it is enabled."""
    login = registered(http, f"{header}@example.org")
    name = json.dumps({"name": "key"}).encode()
    key = http.ask("POST", "/auth/api_keys", name, bearer(login["refresh_token"])).json
    found = ask("GET", "/me", headers={header: key["key"]}).json

    assert found["user"]["id"] == login["user_id"]
    http.ask("PUT", f"/auth/api_keys/{key['_id']}/disable", headers=bearer(login["refresh_token"]))
    assert_refused(ask("GET", "/me", headers={header: key["key"]}), 401, "AuthError", "unauthorized")


def test_token_of_another_system(ask: Ask) -> None:
    """A new person becomes a user where the endpoint says so, and nowhere else."""
    claims = {"sub": "grace-outside", "aud": "endpoints", "exp": int(time.time()) + 600}
    headers = {"jwtTokenString": jwt.encode(claims, SECRETS["tokenKey"], algorithm="HS256")}
    assert_refused(ask("GET", "/me", headers=headers), 401, "AuthError", "unauthorized")
    created = ask("GET", "/me/data", headers=headers).json["user"]
    found = ask("GET", "/me", headers=headers).json["user"]

    assert found["id"] == created["id"]
    assert created["identities"][0]["id"] == "grace-outside"
    forged = {"jwtTokenString": jwt.encode(claims, "x" * 32, algorithm="HS256")}
    assert_refused(ask("GET", "/me/data", headers=forged), 401, "AuthError", "")


def test_bearer_token(ask: Ask, http: Http) -> None:
    """An access token names the caller; its custom data is fresh where the endpoint says so; the token stays out."""
    tokens = http.log_in({}, "anon-user").json
    assert http.call(tokens["access_token"], "setCustomData", "later").status == 200
    found = ask("GET", "/me", headers=bearer(tokens["access_token"])).json
    fresh = ask("GET", "/me/data", headers=bearer(tokens["access_token"])).json

    assert (found["user"]["id"], found["isSystem"], found["user"]["custom_data"]) == (tokens["user_id"], False, {})
    assert fresh["user"]["custom_data"]["text"] == "later"
    assert "Authorization" not in found["headers"] + found["requestHeaders"]
    assert "Host" in found["headers"]


def test_token_of_another_use(ask: Ask, http: Http) -> None:
    """A refresh token is no access token here either."""
    tokens = http.log_in({}, "anon-user").json
    assert_refused(ask("GET", "/me", headers=bearer(tokens["refresh_token"])), 401, "AuthError", "Issuer required")


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


def curl(server: ServerProcess, route: str, *arguments: str) -> Any:
    """What curl prints of an endpoint's answer."""
    command = ["curl", "-sS", "--fail-with-body", *arguments, f"{server.url}/app/endpoints/endpoint{route}"]
    return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)


def as_headers(headers: dict[str, str]) -> list[str]:
    """The options by which curl sends them."""
    return [option for name, value in headers.items() for option in ("-H", f"{name}: {value}")]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_with_credentials(server: ServerProcess, http: Http) -> None:
    """Each form of credentials that the contract knows, as its author would try it; none, and curl fails."""
    login = registered(http, "curl@example.org")
    access_token = http.log_in({"username": "curl@example.org", "password": PASSWORD}, "local-userpass").json
    name = json.dumps({"name": "curl"}).encode()
    key = http.ask("POST", "/auth/api_keys", name, bearer(login["refresh_token"])).json["key"]
    claims = {"sub": "curl-outside", "aud": "endpoints", "exp": int(time.time()) + 600}
    token = jwt.encode(claims, SECRETS["tokenKey"], algorithm="HS256")
    account = {"email": "curl@example.org", "password": PASSWORD}
    forms = (account, {"apiKey": key}, {"api-key": key}, bearer(access_token["access_token"]))

    for form in forms:
        assert curl(server, "/me", *as_headers(form))["user"]["id"] == login["user_id"]
    created = curl(server, "/me/data", *as_headers({"jwtTokenString": token}))["user"]
    assert created["identities"][0]["id"] == "curl-outside"
    with pytest.raises(subprocess.CalledProcessError) as refused:
        curl(server, "/me")
    assert json.loads(refused.value.stdout)["error_code"] == "MissingAuthReq"


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_with_secrets_and_formats(server: ServerProcess) -> None:
    """A secret in the query, data in the body, a format by `Accept`."""
    secret = ("-G", "--data-urlencode", f"secret={SECRETS['querySecret']}")
    assert "query" in curl(server, "/locked", *secret)
    with pytest.raises(subprocess.CalledProcessError) as refused:
        curl(server, "/locked", "-G", "-d", "secret=guess")
    assert json.loads(refused.value.stdout)["error_code"] == "IncomingWebhookAuthFailed"
    posted = curl(server, "/mirror?a=1", "-X", "POST", "-H", "Content-Type: application/json", "-d", '{"item":"harp"}')
    assert bytes.fromhex(posted["body"]) == b'{"item":"harp"}'
    plain = curl(server, "/value", "-H", "Accept: application/json")
    assert plain != curl(server, "/value", "-H", "Accept: application/ejson")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl(server: ServerProcess, tmp_path: Path) -> None:
    """As an author would try it: a signed file, by curl."""
    body = tmp_path / "order.json"
    body.write_bytes(b'{"item":"harp"}')
    header = f"Endpoint-Signature: {signed(body.read_bytes())['Endpoint-Signature']}"
    url = f"{server.url}/app/endpoints/endpoint/orders"
    command = ["curl", "-sS", "-H", header, "-H", "X-Delivery: curl", "--data-binary", f"@{body}", url]

    assert "orders" in json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)
