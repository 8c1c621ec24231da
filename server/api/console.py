"""The console: a page that talks to the Admin API with the administrator's own tokens, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from quart import Blueprint, Response, redirect, request
from werkzeug import Response as BaseResponse

from server.api.services import base_url, services
from server.auth.ids import is_id
from server.errors import AppError, ErrorCode

console = Blueprint("console", __name__)
FOLDER = Path(__file__).resolve().parents[1] / "console"
PAGE = "index.html"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types lit-html"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What a page may do: run our modules, ask this server; text never becomes markup or code (CSP 3, Trusted Types)."""
_PAGES = {"logs": "/logs", "dashboard": ""}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page."""

    content: bytes
    type: str
    tag: str


@console.get("/console")
async def show_console() -> Response:
    """The page, which no cache keeps."""
    response = _answer(_asset(PAGE))
    response.headers["Cache-Control"] = "no-store"
    return response


@console.get("/console/")
async def show_console_without_slash() -> BaseResponse:
    """The page's own address: its files are named from there."""
    _demand_console()
    return redirect(f"{base_url(request)}/console", 308)


@console.get("/console/<path:name>")
async def show_asset(name: str) -> Response:
    """A file of the page, asked for again each time and sent if it has changed."""
    asset = _asset(name)
    response = _answer(asset) if not request.if_none_match.contains(asset.tag) else Response(b"", status=304)
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(asset.tag)
    return response


@console.get("/groups/<group_id>/apps/<internal_id>/<any(logs, dashboard):page>")
async def follow_link(group_id: str, internal_id: str, page: str) -> BaseResponse:
    """Where the links of errors and of app descriptions lead (contract 1.8): the app's logs in the console."""
    _demand_console()
    co_id = request.args.get("co_id", "")
    wanted = f"?co_id={co_id}" if is_id(co_id) else ""
    return redirect(f"{base_url(request)}/console#/apps/{quote(internal_id, safe='')}{_PAGES[page]}{wanted}")


def _demand_console() -> None:
    if not services().settings.console:
        raise AppError(ErrorCode.NOT_FOUND, "not found")


def _asset(name: str) -> Asset:
    _demand_console()
    asset = _assets().get(name)
    if asset is None:
        raise AppError(ErrorCode.NOT_FOUND, "not found")
    return asset


@cache
def _assets() -> Mapping[str, Asset]:
    """Every file that is served, by its name below `/console/`: read once, so that no request names a path."""
    roots = ((FOLDER / "page", ""), (FOLDER / "library", "library/"))
    return {
        prefix + path.relative_to(root).as_posix(): _read(path)
        for root, prefix in roots
        for path in root.rglob("*")
        if path.suffix in TYPES
    }


def _read(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(content, TYPES[path.suffix], hashlib.sha256(content).hexdigest()[:32])


def _answer(asset: Asset) -> Response:
    response = Response(asset.content, content_type=asset.type)
    response.headers.update(HEADERS)
    return response
