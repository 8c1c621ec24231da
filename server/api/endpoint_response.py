"""What an endpoint's function set and returned, as an HTTP answer; all of it is the author's (contract 6)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import orjson
from quart import Response

from server import ejson
from server.apps.model import Endpoint
from server.ejson import Value
from server.errors import AppError, ErrorCode

JSON, EJSON = "application/json", "application/ejson"
TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
SANDBOX = "sandbox allow-downloads allow-forms allow-modals allow-popups allow-scripts"
"""A page of an endpoint is of no origin: its scripts must not pass for those of another app on this host."""
MOST_HEADERS = 200
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8192}")
_OURS = frozenset({
    "connection", "content-length", "date", "keep-alive", "proxy-connection", "server", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
"""Headers that frame the answer; they are the server's."""
_OF_THE_HOST = frozenset({
    "alt-svc", "clear-site-data", "expect-ct", "nel", "public-key-pins", "report-to", "service-worker-allowed",
    "strict-transport-security",
})  # fmt: skip
"""Headers by which browsers keep something for a whole host: other apps and the console are served there, too."""
_OUR_COOKIE = re.compile(r"[\s=]*vestibule-", re.IGNORECASE)
"""A cookie of the server's own, by which a page could have people log in as somebody else (RFC 6265, 8.6)."""
_WITHOUT_BODY = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The response that a function leaves: what it set, with the value it returned. Read from a hostile guest."""

    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: str | bytes | None
    returned: Value

    @classmethod
    def read(cls, value: bytes) -> Filled:
        """From the run's value. Raises AppError FunctionExecutionError."""
        match ejson.loads(value):
            case {"response": {"status": int() | None as status, "headers": list(headers), "body": body}, **rest} if (
                body is None or isinstance(body, str | bytes)
            ) and (status is None or 200 <= status <= 599):
                lines = tuple(map(_header, headers[:MOST_HEADERS]))
                return cls(status=status, headers=lines, body=body, returned=rest.get("returned"))
            case _:
                raise _broken()


def _header(line: Value) -> tuple[str, str]:
    match line:
        case [str(name), str(value)] if _NAME.fullmatch(name) and _VALUE.fullmatch(value):
            return name, value
        case [str(name), str()]:
            text = f"the header '{name[:100]}' cannot be sent"
            raise AppError(ErrorCode.FUNCTION_EXECUTION_ERROR, text)
        case _:
            raise _broken()


def _broken() -> AppError:
    return AppError(ErrorCode.FUNCTION_EXECUTION_ERROR, "the function left a response of an unknown form")


def endpoint_response(endpoint: Endpoint, value: bytes, accept: str) -> Response:
    """The answer to the request, whose header Accept may choose between JSON and Extended JSON. Raises AppError."""
    if not endpoint.respond_result:
        return _response(204, b"", ())
    filled = Filled.read(value)
    status = filled.status or 200
    body, kind = _body(filled, _format(endpoint, accept))
    if status in _WITHOUT_BODY:
        return _response(status, b"", filled.headers)
    return _response(status, body, (("Content-Type", kind), *filled.headers))


def _format(endpoint: Endpoint, accept: str) -> str:
    kinds = (part.split(";")[0].strip().lower() for part in accept.split(","))
    configured = EJSON if endpoint.return_type == "EJSON" else JSON
    return next((kind for kind in kinds if kind in {JSON, EJSON}), configured)


def _body(filled: Filled, kind: str) -> tuple[bytes, str]:
    if isinstance(filled.body, bytes):
        return bytes(filled.body), BYTES
    if isinstance(filled.body, str):
        text = filled.body.encode()
        return text, JSON if _is_json(text) else TEXT
    if filled.returned is ejson.UNDEFINED and (filled.status or filled.headers):
        return b"", TEXT
    if kind == EJSON:
        return ejson.dumps(filled.returned), EJSON
    return ejson.dumps_plain(filled.returned), JSON


def _is_json(text: bytes) -> bool:
    """Whether a text that comes without a type is an object or array: most authors stringify one, few say so."""
    if text[:1] not in (b"{", b"["):
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _is_kept_from_functions(name: str, value: str) -> bool:
    is_our_cookie = name == "set-cookie" and _OUR_COOKIE.match(value) is not None
    return name in _OURS or name in _OF_THE_HOST or is_our_cookie


def _response(status: int, body: bytes, headers: tuple[tuple[str, str], ...]) -> Response:
    response = Response(body, status=status)
    response.headers.pop("Content-Type", None)
    response.headers["Cache-Control"] = "no-store"
    for name in {name.lower() for name, _ in headers} & {"cache-control"}:
        del response.headers[name]
    for name, value in headers:
        if name.lower() == "content-type":
            response.headers[name] = value
        elif not _is_kept_from_functions(name.lower(), value):
            response.headers.add(name, value)
    response.headers.add("Content-Security-Policy", SANDBOX)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
