"""Endpoints as their authors would try them: by curl."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import jwt
import pytest

from tests.chromium import is_demanded
from tests.conformance.endpoints.asking import PASSWORD, SECRETS, registered, signed
from tests.conformance.http_client import Http, bearer
from tests.conformance.server_process import ServerProcess


def curl(server: ServerProcess, route: str, *arguments: str) -> Any:
    """What curl prints of an endpoint's answer."""
    command = ["curl", "-sS", "--fail-with-body", *arguments, f"{server.url}/app/endpoints/endpoint{route}"]
    return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)


def as_headers(headers: dict[str, str]) -> list[str]:
    """The options by which curl sends them."""
    return [option for name, value in headers.items() for option in ("-H", f"{name}: {value}")]


@pytest.fixture(autouse=True)
def installed() -> None:
    """Where `CI` says so, a machine without curl fails instead of trying less."""
    if shutil.which("curl") is None and not is_demanded():
        pytest.skip("curl is not installed")


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


def test_curl_with_a_signed_file(server: ServerProcess, tmp_path: Path) -> None:
    """The signature of what the file holds."""
    body = tmp_path / "order.json"
    body.write_bytes(b'{"item":"harp"}')
    header = f"Endpoint-Signature: {signed(body.read_bytes())['Endpoint-Signature']}"
    url = f"{server.url}/app/endpoints/endpoint/orders"
    command = ["curl", "-sS", "-H", header, "-H", "X-Delivery: curl", "--data-binary", f"@{body}", url]

    assert "orders" in json.loads(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)
