"""One request to the Admin API of a server, and its answer."""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final, Protocol, Self, TypeAlias
from urllib.parse import urlsplit

import orjson

PREFIX: Final = "/api/admin/v3.0"
PATIENCE: Final = 120
"""Seconds without an answer after which a server is given up."""
JSON: Final = "application/json"
PIECE: Final = 64 * 1024
Reached: TypeAlias = Callable[[int], None]
"""Hears how many bytes were sent by now."""
Received: TypeAlias = Callable[[int, int], None]
"""Hears how many bytes of an answer came by now, and of how many; 0 where that is not known."""


class RemoteError(Exception):
    """The server refused or could not be reached; the message says what it said."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


def nothing(*_: int) -> None:
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


class Body(Protocol):
    """Bytes in order."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, fewer only at the end."""

    def close(self) -> None:
        """No more are wanted."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's body as it comes, from the server at `url`; `size` is in bytes, 0 where the server does not say.

    Closed as a context manager.
    """

    body: Body
    size: int
    url: str

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes, fewer only at the end. Raises RemoteError where the server breaks off."""
        try:
            return self.body.read() if size < 0 else self.body.read(size)
        except (OSError, HTTPException) as error:
            raise RemoteError(f"{self.url} broke off its answer: {_reason(error)}; try again") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.body.close()


def opened(
    url: str, method: str, path: str, data: bytes | None = None, content_type: str = JSON, *, token: str = "",
    reached: Reached = nothing,
) -> Answer:  # fmt: skip
    """The answer to a request below the Admin API; `reached` hears of the bytes sent. Raises RemoteError."""
    if urlsplit(url).scheme not in {"http", "https"}:
        raise RemoteError(f"{url!r} is no URL of a server: it begins with http:// or https://")
    headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = None if data is None else _Watched(data, reached)
    headers |= {} if data is None else {"Content-Length": str(len(data))}
    request = urllib.request.Request(f"{url}{PREFIX}{path}", body, headers, method=method)  # noqa: S310 - judged above
    try:
        response = _OPENER.open(request, timeout=PATIENCE)
    except urllib.error.HTTPError as error:
        raise refusal(error.code, error.read()) from None
    except (OSError, HTTPException) as error:
        text = f"{url} cannot be reached: {_reason(error)}; does `vestibule serve` run there?"
        raise RemoteError(text) from None
    return Answer(response, int(response.headers.get("Content-Length") or 0), url)


def ask(
    url: str, method: str, path: str, data: bytes | None = None, content_type: str = JSON, *, token: str = "",
    reached: Reached = nothing,
) -> bytes:  # fmt: skip
    """As `opened`, the whole body."""
    with opened(url, method, path, data, content_type, token=token, reached=reached) as answer:
        return answer.read()


def read_whole(answer: Answer, received: Received) -> bytes:
    """The whole body; `received` hears how much of it came. Raises RemoteError."""
    whole = bytearray()
    while piece := answer.read(PIECE):
        whole += piece
        received(len(whole), answer.size)
    return bytes(whole)


def refusal(status: int, body: bytes) -> RemoteError:
    """What the server said, as an error."""
    try:
        answer = orjson.loads(body)
        return RemoteError(f"{answer['error']} ({answer['error_code']})", answer["error_code"])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return RemoteError(f"the server answered with status {status} and no Vestibule error; is it one?")


def decoded(body: bytes) -> Any:
    """The JSON of an answer; None of an empty one. Raises RemoteError."""
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError:
        raise RemoteError("the server answered with something that is no JSON; is it Vestibule?") from None


def _reason(error: Exception) -> object:
    return getattr(error, "reason", None) or error
