"""The supervisor's end of one worker process: start it, speak with it, notice its death."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import cast

from runtime import frames
from runtime.confinement import Walls
from runtime.errors import SandboxError, WorkerDied
from runtime.frames import Decoder, Frame, FrameError, Kind
from runtime.mailbox import Mailbox
from runtime.overdue import Overdue

START_TIMEOUT = 60.0
"""Seconds a worker may take until it is ready."""
GRACE = 1.0
"""Seconds after a run's end in time until its worker should have said so."""
PATIENCE = 10.0
"""Seconds within which a worker answers whether it is there: it does so between two steps of its guests, of which each
takes 5 ms, or half a second where it has something computed, and of which there may be many before it."""

_log = logging.getLogger(__name__)


class WorkerLink(asyncio.Protocol):
    """One living worker. Frames of a run go to its mailbox; `on_end` is called once, at its death."""

    def __init__(
        self, directory: Path, slots: int, on_end: Callable[[WorkerLink], None], *, module: str = "runtime.worker"
    ) -> None:
        self._module = module
        self._directory = directory
        self._slots = slots
        self._on_end = on_end
        self._decoder = Decoder()
        self._mailboxes: dict[int, Mailbox] = {}
        self._transport: asyncio.WriteTransport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.alive = False
        self.overdue = Overdue()
        self.walls = Walls()
        self._heard_at = time.monotonic()

    @property
    def load(self) -> int:
        """Runs that the worker holds now."""
        return len(self._mailboxes)

    @property
    def process_id(self) -> int:
        """The worker's process id; 0 before its start."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Start the process and wait until it is ready. Raises SandboxError where it does not come up."""
        ours, theirs = socket.socketpair()
        arguments = [str(theirs.fileno()), str(self._directory), str(self._slots), str(os.getpid())]
        self._process = subprocess.Popen(  # noqa: S603, ASYNC220 - our own interpreter and module; does not wait
            [sys.executable, "-I", "-m", self._module, *arguments],
            pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=_bare_environment(),
        )  # fmt: skip
        theirs.close()
        await asyncio.get_running_loop().create_connection(lambda: self, sock=ours)
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await self._ready
        except TimeoutError:
            self.kill()
            raise SandboxError("a sandbox worker did not start") from None

    def open_run(self, number: int) -> Mailbox:
        """The mailbox of a run's frames; None in it says that the worker died."""
        mailbox = Mailbox()
        self._mailboxes[number] = mailbox
        return mailbox

    def close_run(self, number: int, *, has_ended: bool = False) -> None:
        """Forget the run; unless it has ended, let the worker stop it and give its instance back."""
        was_open = self._mailboxes.pop(number, None) is not None
        if was_open and self.alive and not has_ended:
            self.send(Kind.CANCEL, number)

    def send(self, kind: Kind, number: int, *parts: bytes) -> None:
        """Send a frame. Raises WorkerDied."""
        if self._transport is None or not self.alive:
            raise WorkerDied("the sandbox worker has ended")
        self._transport.write(frames.encode(kind, number, *parts))

    def kill(self) -> None:
        """End the process at once; its runs end with WorkerDied."""
        if self._process is not None:
            self._process.kill()

    def kill_if_silent(self) -> None:
        """End a worker whose answer is overdue unless it says that it is there: then it is only busy."""
        if self.alive:
            self.send(Kind.PING, 0)
            asyncio.get_running_loop().call_later(PATIENCE, self._kill_unless_heard, time.monotonic())

    def _kill_unless_heard(self, since: float) -> None:
        if self._heard_at < since:
            self.kill()

    async def close(self) -> None:
        """End the worker in good order."""
        if self._transport is not None:
            self._transport.close()
        if self._process is not None:
            try:
                await asyncio.to_thread(self._process.wait, 2.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                await asyncio.to_thread(self._process.wait)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands (asyncio.Protocol)."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is not a subclass

    def data_received(self, data: bytes) -> None:
        """Bytes of the worker, which is not trusted to speak the protocol (asyncio.Protocol)."""
        self._heard_at = time.monotonic()
        try:
            for frame in self._decoder.feed(data):
                self._deliver(frame)
        except FrameError:
            self.kill()

    def connection_lost(self, exc: Exception | None) -> None:
        """The worker is gone (asyncio.Protocol)."""
        del exc
        self.alive = False
        if not self._ready.done():
            self._ready.set_exception(SandboxError("a sandbox worker ended while it started"))
        for mailbox in self._mailboxes.values():
            mailbox.put(None)
        if not self.ended.done():
            self.ended.set_result(None)
        self.kill()
        self._on_end(self)

    def _deliver(self, frame: Frame) -> None:
        if not self._ready.done():
            self._hear_start(frame)
            return
        if frame.kind is Kind.BROKE:
            _log.error("a sandbox worker broke: %s", _text(frame), extra={"worker": self.process_id})
            return
        mailbox = self._mailboxes.get(frame.run)
        if mailbox is not None:
            mailbox.put(frame)

    def _hear_start(self, frame: Frame) -> None:
        """The first frame, from a worker that has not met a guest yet, says which walls stand."""
        try:
            self.walls = Walls.decode(frame.parts[0])
        except (ValueError, IndexError):
            self._ready.set_exception(SandboxError(f"a sandbox worker does not start: {_text(frame)}"))
            return
        self.alive = True
        self._ready.set_result(None)


def _text(frame: Frame) -> str:
    return b" ".join(frame.parts).decode(errors="replace")[-4000:]


def _bare_environment() -> dict[str, str]:
    """What a worker may know of the server's environment: nothing but where programs and libraries lie."""
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
