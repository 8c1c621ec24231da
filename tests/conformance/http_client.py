"""Raw HTTP to the server: whatever bytes and headers a test wants, and nothing added."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

PREFIX = "/api/client/v2.0"
JSON = {"Content-Type": "application/json"}
SECONDS = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    header_lines: Sequence[tuple[str, str]] = ()

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)

    def lines(self, name: str) -> list[str]:
        """The values of all lines of a header."""
        return [value for found, value in self.header_lines if found.lower() == name.lower()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Http:
    """Requests to one app of a server."""

    url: str
    app_id: str

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request on a connection of its own; the path is below the client API's."""
        return self.send(method, PREFIX + path, body, headers)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request to any path of the server."""
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=SECONDS)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            lines = response.getheaders()
            lowered = {name.lower(): value for name, value in lines}
            return Answer(status=response.status, headers=lowered, body=response.read(), header_lines=lines)
        finally:
            connection.close()

    def log_in(self, credentials: object, provider: str = "custom-function") -> Answer:
        """A login by a provider of the app, with plain JSON."""
        path = f"/app/{self.app_id}/auth/providers/{provider}/login"
        return self.ask("POST", path, json.dumps(credentials).encode(), JSON)

    def call(self, token: str, name: str, *arguments: object) -> Answer:
        """A function call."""
        body = json.dumps({"name": name, "arguments": arguments}).encode()
        return self.ask("POST", f"/app/{self.app_id}/functions/call", body, JSON | bearer(token))

    def profile(self, token: str) -> Answer:
        """The profile that a token gives."""
        return self.ask("GET", "/auth/profile", headers=bearer(token))


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def assert_refused(answer: Answer, status: int, code: str, text: str) -> None:
    """The contract's error form (1.8), complete and of exactly the right type."""
    assert (answer.status, answer.headers["content-type"]) == (status, "application/json"), answer.body
    assert answer.json.keys() == {"error", "error_code", "link"}
    assert answer.json["error_code"] == code, answer.json
    assert text in answer.json["error"], answer.json
    assert "/logs?co_id=" in answer.json["link"]
