"""Streams of changes: how many one user may hold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import cast

from server.api.services import Services
from server.api.watching import MOST_OF_A_USER, Stream
from server.context.deployment import Deployment
from server.documents.change_event import ChangeEvent
from server.documents.operation import Operation
from server.records import User, UserCaller


class Silence:
    """Changes of a collection in which nothing happens."""

    token = ""

    def __init__(self) -> None:
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[ChangeEvent]:
        await asyncio.Event().wait()
        yield cast("ChangeEvent", None)

    async def close(self) -> None:
        """Note that nobody listens any more."""
        self.is_closed = True


def stream_of(user_id: str) -> Stream:
    """A stream, of which nothing is asked that needs a server."""
    user = User(id=user_id, app_id="app", identities=(), created_at=datetime.now(UTC))
    operation = Operation(database="d", collection="c", action="watch", arguments={})
    return Stream(cast("Services", None), cast("Deployment", None), UserCaller(user=user), "mongodb-atlas", operation)


async def test_streams_that_begin_together_are_counted() -> None:
    """Of many that were let in at the same moment no more go on than one user may hold; those that end make room."""
    sources = [Silence() for _ in range(MOST_OF_A_USER + 10)]
    streams = [stream_of("ada").messages(source) for source in sources]
    begun = [asyncio.ensure_future(anext(stream)) for stream in streams]
    refused, waiting = await asyncio.wait(begun, timeout=0.1)
    assert len(refused) == 10
    assert all(b"TooManyRequests" in one.result() for one in refused)

    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for stream in streams:
        await stream.aclose()  # type: ignore[attr-defined]
    assert all(source.is_closed for source in sources)
    again = asyncio.ensure_future(anext(stream_of("ada").messages(Silence())))
    assert not (await asyncio.wait([again], timeout=0.1))[0]
    again.cancel()
    await asyncio.gather(again, return_exceptions=True)
