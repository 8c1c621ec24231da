"""Requests to the Admin API of a server, with a session that is refreshed when it has to be (contract 12.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import orjson

from server.remote.exchange import (
    JSON,
    Answer,
    Reached,
    Received,
    RemoteError,
    ask,
    decoded,
    nothing,
    opened,
    read_whole,
)
from server.remote.login import RemoteLogin, load_login, save_login

Done = TypeVar("Done")


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

    def opened(self, path: str) -> Answer:
        """The answer to a GET, to be read as it comes. Raises RemoteError."""


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
        return self._refreshed(
            lambda token: ask(self.place, method, path, data, content_type, token=token, reached=reached)
        )

    def opened(self, path: str) -> Answer:
        """The answer to a GET, to be read as it comes. Raises RemoteError."""
        return self._refreshed(lambda token: opened(self.place, "GET", path, token=token))

    def _refreshed(self, work: Callable[[str], Done]) -> Done:
        """What the work makes of the access token, of a new one where it is too old."""
        try:
            return work(self._login.access_token)
        except RemoteError as error:
            if error.code != "InvalidSession":
                raise
        self._refresh()
        return work(self._login.access_token)

    def _refresh(self) -> None:
        try:
            answer = decoded(ask(self.place, "POST", "/auth/session", token=self._login.refresh_token))
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
        return decoded(self._ask("GET", path))

    def download(self, path: str, received: Received = nothing) -> bytes:
        """The answer's body; `received` hears how much of it came. Raises RemoteError."""
        with self._transport.opened(path) as answer:
            return read_whole(answer, received)

    def opened(self, path: str) -> Answer:
        """The answer, to be read as it comes and closed. Raises RemoteError."""
        return self._transport.opened(path)

    def send(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON to a request with a JSON body; None without one. Raises RemoteError."""
        data = None if body is None else orjson.dumps(body)
        return decoded(self._ask(method, path, data))

    def exchange(self, method: str, path: str, data: bytes | None) -> bytes:
        """The answer's body to a request with a body in JSON, or in Extended JSON. Raises RemoteError."""
        return self._ask(method, path, data)

    def upload(self, path: str, data: bytes, content_type: str, reached: Reached = nothing) -> Any:
        """The answer's JSON to a POST of other data; `reached` hears of the bytes sent. Raises RemoteError."""
        return decoded(self._ask("POST", path, data, content_type, reached))

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
        self, method: str, path: str, data: bytes | None = None, content_type: str = JSON, reached: Reached = nothing
    ) -> bytes:
        return self._transport.ask(method, path, data, content_type, reached)


def log_in(url: str, provider: str, body: Mapping[str, str]) -> RemoteLogin:
    """Open a session. Raises RemoteError."""
    url = url.rstrip("/")
    answer = decoded(ask(url, "POST", f"/auth/providers/{provider}/login", orjson.dumps(body)))
    return RemoteLogin(url=url, access_token=answer["access_token"], refresh_token=answer["refresh_token"])
