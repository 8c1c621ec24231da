"""Which browser pages may talk to an app (contract 1.2, 11)."""

from __future__ import annotations

from quart import Response

from server.errors import AppError, ErrorCode

METHODS = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
HEADERS = "Authorization, Content-Type, Accept"
EXPOSED = "x-baas-location"
SECONDS = "3600"


def check_origin(origin: str | None, allowed: tuple[str, ...]) -> None:
    """Raise AppError DomainNotAllowed unless the app allows the page; an empty list allows every page."""
    if origin is not None and allowed and origin not in allowed:
        raise AppError(ErrorCode.DOMAIN_NOT_ALLOWED, f"origin '{origin[:200]}' is not allowed")


def add_headers(response: Response, origin: str | None, allowed: tuple[str, ...]) -> None:
    """Let the page read the answer. No cookies are involved, so a wildcard is safe where any origin is allowed.

    An endpoint's function that has spoken on this itself has the last word.
    """
    if origin is None or (allowed and origin not in allowed) or "Access-Control-Allow-Origin" in response.headers:
        return
    response.headers["Access-Control-Allow-Origin"] = origin if allowed else "*"
    response.headers["Access-Control-Expose-Headers"] = EXPOSED
    if allowed:
        response.headers["Vary"] = "Origin"


def preflight(origin: str | None, allowed: tuple[str, ...], wanted: str | None = None) -> Response:
    """The answer to an OPTIONS request; `wanted` are the headers of a route whose author alone knows what it takes."""
    check_origin(origin, allowed)
    response = Response(b"", status=204)
    response.headers.pop("Content-Type", None)
    response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Allow-Headers"] = wanted or HEADERS
    response.headers["Access-Control-Max-Age"] = SECONDS
    return response


def allow_cookies(response: Response, origin: str | None) -> Response:
    """Let the page, whose origin was checked, have its browser keep the cookie of an OAuth flow (contract 1.11)."""
    if origin is not None:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Credentials"] = "true"
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
        response.headers["Vary"] = "Origin"
    return response
