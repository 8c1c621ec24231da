"""The server that guests' requests reach, and a client that may reach it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from server.context.http import OutboundHttp
from tests.unit.context.http_peer import Peer, make_peer


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    """A server on a free port of 127.0.0.1."""
    started = make_peer()
    async with started.server:
        yield started
        started.never.set()


@pytest.fixture
async def http() -> AsyncIterator[OutboundHttp]:
    """A client that may reach 127.0.0.1 under that name only."""
    async with OutboundHttp(allowed_hosts=["127.0.0.1"]) as opened:
        yield opened
