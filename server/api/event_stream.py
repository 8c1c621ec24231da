"""Server-sent events as App Services' clients read them (contract 1.10)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from quart import Response

from server import ejson
from server.ejson import Document

PAUSE: Final = 15.0
"""Seconds of silence after which a comment is sent, by which a connection that is gone is noticed."""
_ESCAPES: Final = str.maketrans({"%": "%25", "\n": "%0A", "\r": "%0D"})


def message(document: Document) -> bytes:
    """One event with the document as its data."""
    return _event("message", document)


def failure(text: str, code: str) -> bytes:
    """The event that ends the stream with an error."""
    return _event("error", {"error": text, "error_code": code})


def _event(name: str, document: Document) -> bytes:
    data = ejson.dumps(document).decode().translate(_ESCAPES)
    return f"event: {name}\ndata: {data}\n\n".encode()


async def with_comments(messages: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The messages, a first comment before them and one in every longer silence."""
    yield b": watching\n\n"
    upcoming = asyncio.ensure_future(anext(messages, None))
    try:
        while True:
            done, _ = await asyncio.wait([upcoming], timeout=PAUSE)
            if not done:
                yield b":\n\n"
                continue
            given = upcoming.result()
            if given is None:
                return
            yield given
            upcoming = asyncio.ensure_future(anext(messages, None))
    finally:
        upcoming.cancel()
        await asyncio.gather(upcoming, return_exceptions=True)


def event_stream(messages: AsyncIterator[bytes]) -> Response:
    """The answer that goes on until the messages end or the client leaves."""
    response = Response(with_comments(messages), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"  # a reverse proxy must pass each event on at once
    response.timeout = None
    return response
