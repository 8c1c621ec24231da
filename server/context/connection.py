"""One connection of a run, and how connections are secured."""

from __future__ import annotations

import asyncio
import functools
import ssl
from dataclasses import dataclass
from typing import Final

from server.ejson import Document

LINGERING: Final = 10.0
"""Seconds in which a peer must take what was sent before a connection was closed."""


@dataclass(slots=True)
class Connection:
    """A connection that stands; `reading` is what a host call waits for, if one does."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    host: str
    reading: asyncio.Task[bytes] | None = None
    is_upgrading: bool = False

    def described(self) -> Document:
        """Its peer, and how it is secured."""
        address, port, *_ = self.writer.get_extra_info("peername")
        secured = self.writer.get_extra_info("ssl_object")
        if secured is None:
            return {"address": address, "port": port}
        return {"address": address, "port": port, "protocol": secured.version(), "cipher": secured.cipher()[0]}

    async def close(self) -> None:
        """Until it is gone; a peer that does not take what was sent would keep descriptor and buffer for ever."""
        self.writer.close()
        try:
            async with asyncio.timeout(LINGERING):
                await self.writer.wait_closed()
        except (TimeoutError, OSError):
            self.writer.transport.abort()

    async def has_more(self) -> bool:
        """Whether anything has arrived that nobody read; the end of the stream counts, too."""
        try:
            async with asyncio.timeout(0):
                await self.reader.read(1)
        except TimeoutError:
            return False
        return True


@functools.cache
def tls_context(*, verifies: bool) -> ssl.SSLContext:
    """Made once: to read the authorities' certificates takes longer than most runs, and everybody would wait."""
    context = ssl.create_default_context()
    if not verifies:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
