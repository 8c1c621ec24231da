"""Looks up the names that guests ask for, on threads of its own: a slow name server of theirs holds up nobody else."""

from __future__ import annotations

import asyncio
import functools
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Final, cast

from aiohttp.abc import AbstractResolver, ResolveResult

from server.context.address_guard import AddressInfo

THREADS: Final = 32
"""Names that are looked up at once; the event loop's own few threads serve logins, mails and data sources."""


class GuestNames(AbstractResolver):
    """The system's resolver, for aiohttp and for sockets. Threads start when they are needed; `close` lets them end."""

    def __init__(self, *, threads: int = THREADS) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="guest-names")

    async def addresses(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC, flags: int = 0
    ) -> list[AddressInfo]:
        """As `socket.getaddrinfo` gives them for a stream. Raises OSError, UnicodeError."""
        look_up = functools.partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, 0, flags)
        found = await asyncio.get_running_loop().run_in_executor(self._pool, look_up)
        return cast("list[AddressInfo]", found)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """For aiohttp, which connects to the addresses as they stand here (aiohttp's AbstractResolver)."""
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=protocol, flags=flags)
            for kind, _, protocol, _, address in await self.addresses(host, port, family, socket.AI_ADDRCONFIG)
        ]

    async def close(self) -> None:
        """Look nothing up any more; a lookup that a name server does not answer ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)
