"""Who may ask an endpoint, and as whom its function then runs (contract 6)."""

from __future__ import annotations

import json
import time

import jwt
import pytest

from tests.conformance.endpoints.asking import PASSWORD, SECRETS, Ask, registered, signed
from tests.conformance.http_client import Http, assert_refused, bearer


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
