"""A small HTTP/1.1 client that costs little: requests made ahead, connections kept, one request at a time on each."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from benchmarks.samples import Samples

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens."""

    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer: its status and body."""

    status: int
    body: bytes


def request(method: str, path: str, *, body: bytes = b"", token: str = "", headers: Sequence[str] = ()) -> bytes:
    """The bytes of a request; `headers` are whole lines."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += ["Content-Type: application/json"] if body else []
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += headers
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection(asyncio.Protocol):
    """A kept connection. `ask` sends one request and gives its answer."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answer: asyncio.Future[Response] | None = None
        self.is_open = False

    async def ask(self, data: bytes) -> Response:
        """The answer to this request. Raises ConnectionError where the server hangs up instead."""
        if self._transport is None or not self.is_open:
            raise ConnectionResetError("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return await self._answer

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands (asyncio.Protocol)."""
        self._transport = cast(asyncio.Transport, transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """A part of an answer (asyncio.Protocol)."""
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end])
        length = _LENGTH.search(head)
        whole = end + 4 + (int(length[1]) if length else 0)
        if len(self._buffer) >= whole and self._answer is not None:
            body = bytes(self._buffer[end + 4 : whole])
            del self._buffer[:whole]
            self.is_open = b"connection: close" not in head.lower()
            self._answer.set_result(Response(status=int(head[9:12]), body=body))

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has hung up (asyncio.Protocol)."""
        self.is_open = False
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server hung up"))


async def connect(address: Address) -> Connection:
    """A new connection."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, address.host, address.port)
    return connection


async def ask_once(address: Address, data: bytes) -> Response:
    """One request on a connection of its own."""
    connection = await connect(address)
    try:
        return await connection.ask(data)
    finally:
        connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What some connections did: answers a second and how long each took."""

    per_second: float
    samples: Samples


async def load(address: Address, requests: Iterator[bytes], *, connections: int, seconds: float) -> Load:
    """Keep this many connections busy for a time. Every answer must be a success."""
    durations: list[float] = []
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(_keep_busy(address, requests, started + seconds, durations))
    return Load(per_second=len(durations) / (time.perf_counter() - started), samples=Samples.of(durations))


async def _keep_busy(address: Address, requests: Iterator[bytes], until: float, durations: list[float]) -> None:
    connection = await connect(address)
    while (started := time.perf_counter()) < until:
        if not connection.is_open:  # a server ends a connection after some number of requests
            connection.close()
            connection = await connect(address)
        answer = await connection.ask(next(requests))
        durations.append(time.perf_counter() - started)
        assert answer.status < 300, answer
    connection.close()
