"""How tests ask the app `endpoints`: its secrets, its users, requests by route."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from tests.conformance.http_client import Answer, Http

SECRETS = {"querySecret": "öpen sesame", "signingSecret": "0123456789abcdef", "tokenKey": "k" * 32}


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


PASSWORD = "correct horse"


def registered(http: Http, address: str) -> Any:
    """The login of a new user with an address."""
    account = json.dumps({"email": address, "password": PASSWORD}).encode()
    assert http.ask("POST", "/app/endpoints/auth/providers/local-userpass/register", account).status == 201
    return http.log_in({"username": address, "password": PASSWORD}, "local-userpass").json
