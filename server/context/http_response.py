"""Takes in the answer to a guest's request, up to its limit, in the shape of contract 4.6."""

from __future__ import annotations

import aiohttp
from bson.binary import Binary

from server.context.http_request import refuse
from server.ejson import Document


async def read_response(response: aiohttp.ClientResponse, *, max_body: int) -> Document:
    """The whole answer as the guest sees it; `max_body` counts bytes after decompression."""
    body = await _read_body(response, max_body)
    declared = response.content_length
    return {
        "status": _clean(f"{response.status} {response.reason or ''}".strip()),
        "statusCode": response.status,
        "contentLength": declared if response.method == "HEAD" and declared is not None else len(body),
        "headers": _headers(response),
        "cookies": {name: _clean(morsel.value) for name, morsel in response.cookies.items()},
        "body": Binary(body),
    }


async def _read_body(response: aiohttp.ClientResponse, max_body: int) -> bytes:
    body = bytearray()
    async for piece in response.content.iter_any():
        body += piece
        if len(body) > max_body:
            raise refuse(f"http: the response body exceeds the limit of {max_body} bytes")
    return bytes(body)


def _headers(response: aiohttp.ClientResponse) -> Document:
    """Headers under Go's canonical names; those of a compression that is undone are left out."""
    decoded = "Content-Encoding" in response.headers
    headers: dict[str, list[str]] = {}
    for name, value in response.headers.items():
        canonical = "-".join(part.capitalize() for part in _clean(name).split("-"))
        if not (decoded and canonical in {"Content-Encoding", "Content-Length"}):
            headers.setdefault(canonical, []).append(_clean(value))
    return dict(headers)


def _clean(text: str) -> str:
    """Text without the lone surrogates that stand for bytes that were no UTF-8: those are read as Latin-1."""
    if text.isascii():
        return text
    data = text.encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
