"""A message to another process and back: what a call through the supervisor costs before anything is computed."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys

from benchmarks.login_script import guest_message
from benchmarks.samples import Samples, measure_async

_ECHO = "import socket, sys\ns = socket.socket(fileno=int(sys.argv[1]))\nwhile d := s.recv(1 << 16): s.sendall(d)"


class _Peer(asyncio.Protocol):
    """Sends a message and waits until as many bytes have come back."""

    def __init__(self) -> None:
        self._missing = 0
        self._back: asyncio.Future[None] | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # uvloop's is not a subclass

    def data_received(self, data: bytes) -> None:
        self._missing -= len(data)
        if self._missing == 0 and self._back is not None:
            self._back.set_result(None)

    async def ask(self, message: bytes) -> None:
        """There and back."""
        self._missing, self._back = len(message), asyncio.get_running_loop().create_future()
        self.transport.write(message)
        await self._back


async def round_trips(count: int) -> Samples:
    """A login's message, sent to a process that sends it back as it is."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-I", "-c", _ECHO, str(theirs.fileno())]
    with subprocess.Popen(command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL) as process:  # noqa: ASYNC220 - once
        theirs.close()
        _, peer = await asyncio.get_running_loop().create_connection(_Peer, sock=ours)
        message = guest_message()
        try:
            return await measure_async(lambda: peer.ask(message), count=count, warm_up=count // 10)
        finally:
            peer.transport.close()
            process.kill()
