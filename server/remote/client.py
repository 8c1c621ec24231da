"""Requests to the Admin API of a server, with a session that is refreshed when it has to be (contract 12.1)."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.client import HTTPException
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote, urlsplit

import orjson

from server.remote.login import RemoteLogin, load_login, save_login

PREFIX = "/api/admin/v3.0"
PATIENCE = 120
"""Seconds without an answer after which a server is given up."""
_JSON = "application/json"


Reached: TypeAlias = Callable[[int], None]
"""Hears how many bytes were sent by now."""


def _nothing(_: int) -> None:
    """Nobody watches."""


class _Watched(io.BytesIO):
    """A body that tells how much of it was sent."""

    def __init__(self, data: bytes, reached: Reached) -> None:
        super().__init__(data)
        self._reached = reached

    def read(self, size: int | None = -1, /) -> bytes:
        """As BytesIO's."""
        part = super().read(size)
        self._reached(self.tell())
        return part


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A token goes to the server that gave it, wherever that server points."""

    def redirect_request(self, *_: object) -> None:
        """Follow none: the answer stands as it is."""


_OPENER = urllib.request.build_opener(_NoRedirects)


class RemoteError(Exception):
    """The server refused or could not be reached; the message says what it said."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class SessionEnded(RemoteError):
    """The server ended the session; the message says how to open another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteApp:
    """An app on the server."""

    id: str
    app_id: str
    name: str
    path: str


class Transport(Protocol):
    """Carries requests to an Admin API."""

    @property
    def place(self) -> str:
        """Where it is, for people."""

    def ask(self, method: str, path: str, data: bytes | None, content_type: str, reached: Reached) -> bytes:
        """The answer's body. Raises RemoteError."""


class HttpTransport:
    """To a server, as one logged-in administrator; a session that has to be refreshed is."""

    def __init__(self, login: RemoteLogin, profile: str) -> None:
        self._login = login
        self._profile = profile

    @property
    def place(self) -> str:
        """The server's URL."""
        return self._login.url

    def ask(self, method: str, path: str, data: bytes | None, content_type: str, reached: Reached) -> bytes:
        """The answer's body. Raises RemoteError."""
        try:
            return ask(self.place, method, path, data, content_type, token=self._login.access_token, reached=reached)
        except RemoteError as error:
            if error.code != "InvalidSession":
                raise
        self._refresh()
        return ask(self.place, method, path, data, content_type, token=self._login.access_token, reached=reached)

    def _refresh(self) -> None:
        try:
            answer = _decoded(ask(self.place, "POST", "/auth/session", token=self._login.refresh_token))
        except RemoteError as error:
            raise SessionEnded(f"your session has ended; `vestibule login {self.place}` opens another") from error
        self._login = replace(self._login, access_token=answer["access_token"])
        save_login(self._profile, self._login)


class RemoteServer:
    """The Admin API behind a transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._group = ""

    @classmethod
    def of_profile(cls, profile: str) -> RemoteServer:
        """The server of a profile. Raises NotLoggedIn."""
        return cls(HttpTransport(load_login(profile), profile))

    @property
    def url(self) -> str:
        """The server's URL, or whatever says where it is."""
        return self._transport.place

    def get(self, path: str) -> Any:
        """The answer's JSON. Raises RemoteError."""
        return _decoded(self._ask("GET", path))

    def download(self, path: str) -> bytes:
        """The answer's body. Raises RemoteError."""
        return self._ask("GET", path)

    def send(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON to a request with a JSON body; None without one. Raises RemoteError."""
        data = None if body is None else orjson.dumps(body)
        return _decoded(self._ask(method, path, data))

    def upload(self, path: str, data: bytes, content_type: str, reached: Reached = _nothing) -> Any:
        """The answer's JSON to a POST of other data; `reached` hears of the bytes sent. Raises RemoteError."""
        return _decoded(self._ask("POST", path, data, content_type, reached))

    def group(self) -> str:
        """The server's group."""
        if not self._group:
            roles = self.get("/auth/profile")["roles"]
            self._group = roles[0]["group_id"] if roles else "none"
        return self._group

    def apps(self) -> list[RemoteApp]:
        """The apps that the administrator sees."""
        return [self._app(found) for found in self.get(f"/groups/{self.group()}/apps")]

    def app(self, app_id: str) -> RemoteApp:
        """The app of a client app id or a name. Raises RemoteError."""
        apps = self.apps()
        for app in apps:
            if app_id in {app.app_id, app.name}:
                return app
        known = ", ".join(app.app_id for app in apps) or "none"
        raise RemoteError(f"there is no app '{app_id}' at {self.url}; you see: {known}")

    def add_app(self, app_id: str, name: str) -> RemoteApp:
        """Make an app. Raises RemoteError."""
        return self._app(self.send("POST", f"/groups/{self.group()}/apps", {"name": name, "app_id": app_id}))

    def _app(self, found: Mapping[str, str]) -> RemoteApp:
        path = f"/groups/{self.group()}/apps/{quote(found['_id'])}"
        return RemoteApp(id=found["_id"], app_id=found["client_app_id"], name=found["name"], path=path)

    def _ask(
        self, method: str, path: str, data: bytes | None = None, content_type: str = _JSON, reached: Reached = _nothing
    ) -> bytes:
        return self._transport.ask(method, path, data, content_type, reached)


def log_in(url: str, provider: str, body: Mapping[str, str]) -> RemoteLogin:
    """Open a session. Raises RemoteError."""
    url = url.rstrip("/")
    answer = _decoded(ask(url, "POST", f"/auth/providers/{provider}/login", orjson.dumps(body)))
    return RemoteLogin(url=url, access_token=answer["access_token"], refresh_token=answer["refresh_token"])


def ask(
    url: str,
    method: str,
    path: str,
    data: bytes | None = None,
    content_type: str = _JSON,
    *,
    token: str = "",
    reached: Reached = _nothing,
) -> bytes:
    """One request below the Admin API; `reached` hears of the bytes sent. Raises RemoteError."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise RemoteError(f"{url!r} is no URL of a server: it begins with http:// or https://")
    headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = None if data is None else _Watched(data, reached)
    headers |= {} if data is None else {"Content-Length": str(len(data))}
    request = urllib.request.Request(f"{url}{PREFIX}{path}", body, headers, method=method)  # noqa: S310 - judged above
    try:
        with _OPENER.open(request, timeout=PATIENCE) as response:
            answer: bytes = response.read()
            return answer
    except urllib.error.HTTPError as error:
        raise refusal(error.code, error.read()) from None
    except (OSError, HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise RemoteError(f"{url} cannot be reached: {reason}; does `vestibule serve` run there?") from None


def refusal(status: int, body: bytes) -> RemoteError:
    """What the server said, as an error."""
    try:
        answer = orjson.loads(body)
        return RemoteError(f"{answer['error']} ({answer['error_code']})", answer["error_code"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return RemoteError(f"the server answered with status {status} and no Vestibule error; is it one?")


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        raise RemoteError("the server answered with something that is no JSON; is it Vestibule?") from None
