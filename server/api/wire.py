"""What comes over the wire, checked: Extended JSON bodies, bearer tokens, the forms of answers (contract 1.2-1.9)."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from bson import ObjectId
from quart import Request, Response

from server import ejson
from server.auth.ids import new_id
from server.ejson import Document, EjsonError, Value
from server.errors import AppError, ErrorCode
from server.records import RequestDescription

LARGEST_BODY = 18 * 1024 * 1024
"""Bytes of a request's body (contract 4.5)."""
MOST_DEVICE_TEXTS, LONGEST_DEVICE_TEXT = 20, 256
"""What is kept of a client's description of its device: so many texts, of so many characters each."""
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](:\d+)?|(?P<four>[\d.]+):\d+")
"""An address as some proxies hand it on; the port is another for each connection, and no part of who asks."""
_BEARER = re.compile(r"Bearer +([!-~]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCallBody:
    """The body of `functions/call` (contract 1.9)."""

    name: str
    arguments: list[Value]
    service: str | None

    @classmethod
    def read(cls, body: Document) -> FunctionCallBody:
        """From the decoded body. Raises AppError MissingParameter or InvalidParameter."""
        name, arguments, service = body.get("name"), body.get("arguments", []), body.get("service")
        if not ejson.is_text(name):
            raise AppError(ErrorCode.MISSING_PARAMETER, "'name' is a required string.")
        if arguments is None:
            arguments = []
        if not isinstance(arguments, list):
            raise AppError(ErrorCode.INVALID_PARAMETER, "'arguments' must be an array")
        if service is not None and not ejson.is_text(service):
            raise AppError(ErrorCode.INVALID_PARAMETER, "'service' must be a string")
        return cls(name=name, arguments=cast("list[Value]", arguments), service=service)


async def read_body(request: Request) -> Document:
    """The body as an Extended JSON object; none at all is an empty one. Raises AppError InvalidJSON."""
    data = await request.get_data()
    if not data.strip():
        return {}
    try:
        body = await ejson.loads_aside(cast("bytes", data))
    except EjsonError as error:
        raise AppError(ErrorCode.INVALID_JSON, f"request body is not valid Extended JSON: {error}") from error
    if not isinstance(body, dict):
        raise AppError(ErrorCode.INVALID_JSON, "request body must be an object")
    return cast("Document", body)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginBody:
    """The body of a login (contract 1.3); a client that names no device gets a new device id."""

    credentials: Document = field(repr=False)
    device_id: str
    device: Document

    @classmethod
    def read(cls, body: Document) -> LoginBody:
        """From the decoded body; no form of `options` breaks a login."""
        credentials = {name: value for name, value in body.items() if name != "options"}
        options = body.get("options")
        device = options.get("device") if isinstance(options, dict) else None
        device_id, description = read_device(device)
        return cls(credentials=credentials, device_id=device_id, device=description)


def read_device(device: Value) -> tuple[str, Document]:
    """Device id and what else the client says of its device, as far as that is short text."""
    given = device.get("deviceId") if isinstance(device, dict) else None
    text = str(given) if isinstance(given, ObjectId | str) else ""
    is_usable = ObjectId.is_valid(text) and int(text, 16) != 0
    described = device.items() if isinstance(device, dict) else ()
    texts = [(name, value) for name, value in described if isinstance(value, str) and name != "deviceId"]
    short = [(name, value) for name, value in texts if len(name) + len(value) <= LONGEST_DEVICE_TEXT]
    return text.lower() if is_usable else new_id(), dict(short[:MOST_DEVICE_TEXTS])


def bearer_token(request: Request) -> str:
    """The token of the Authorization header. Raises AppError InvalidSession (contract 1.8)."""
    match = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if match is None:
        raise AppError(ErrorCode.INVALID_SESSION, "expected Authorization header with JWT (Bearer schema)")
    return match.group(1)


def describe_request(request: Request, *, trusted_proxies: int) -> RequestDescription:
    """The request as functions and rules see it; the token itself stays out."""
    return RequestDescription(
        remote_ip_address=_remote_address(request, trusted_proxies),
        headers=tuple((name, value) for name, value in header_lines(request) if name.lower() not in _WITHHELD),
        raw_query_string=request.query_string.decode("latin-1"),
    )


def header_lines(request: Request) -> Iterator[tuple[str, str]]:
    """All header lines, their names in the canonical form that functions look them up by: `X-Some-Name`."""
    for name, value in request.headers.items():
        yield _canonical(name), value


@functools.lru_cache(maxsize=256)
def _canonical(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))


_WITHHELD = frozenset({"authorization", "cookie", "proxy-authorization"})


def _remote_address(request: Request, trusted_proxies: int) -> str:
    hops = [hop.strip() for value in request.headers.getlist("X-Forwarded-For") for hop in value.split(",")]
    if trusted_proxies and len(hops) >= trusted_proxies:
        match = _WITH_PORT.fullmatch(hops[-trusted_proxies])
        return match["six"] or match["four"] if match else hops[-trusted_proxies]
    return request.remote_addr or ""


def json_response(body: bytes, status: int = 200) -> Response:
    """An answer whose type is exactly `application/json`: some clients compare it (contract 1.2)."""
    response = Response(body, status=status)
    response.headers["Content-Type"] = "application/json"
    response.headers["Cache-Control"] = "no-store"
    return response


def empty_response() -> Response:
    """204 without a body, and so without a type (contract 1.2)."""
    response = Response(b"", status=204)
    response.headers.pop("Content-Type", None)
    return response
