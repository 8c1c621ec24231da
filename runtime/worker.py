"""The sandbox worker: a single-threaded process that holds guests and nothing else worth having."""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress
from pathlib import Path

import wasmtime

from runtime import frames
from runtime.confinement import WORKER_RULES, Walls, leave_files, leave_system_calls
from runtime.door import Door
from runtime.errors import ErrorKind, SandboxError
from runtime.frames import Decoder, Frame, Kind
from runtime.guest_run import GuestRun, RunFailed, RunLimits
from runtime.handed_over import ENDED
from runtime.image_build import ImageBuild
from runtime.landlock import Files
from runtime.limits import BuildLimits, Limits
from runtime.machine import Ticker
from runtime.messages import ImageSource
from runtime.pool import Pools
from runtime.sandbox_process import Task, serve_task
from runtime.store import ImageStore
from runtime.tape import Tape

NO_INSTANCE = (SandboxError, wasmtime.WasmtimeError)
"""What says that there is no such image, or no room."""
_WARMING = RunLimits(wall_time=1.0, cpu_time=1.0, memory=BuildLimits().memory, stack=Limits().stack, output=0)
"""Limits of an instance that is never entered."""


class Worker:
    """Reads frames, runs guests in turn, writes frames."""

    def __init__(self, connection: socket.socket, directory: Path, slots: int) -> None:
        self._connection = connection
        store = ImageStore(directory)
        self._door = Door()
        self._pools = Pools(store, self._door, slots=slots)
        self._ticker = Ticker(self._pools.resident.engine, self._pools.spare.engine)
        self._runs: dict[int, GuestRun] = {}
        self._builds: dict[int, ImageBuild] = {}
        self._running: deque[int] = deque()
        self._decoder = Decoder()

    def serve(self, walls: Walls) -> None:
        """Work until the supervisor closes the connection, which is told first which walls stand."""
        self._send(Kind.READY, 0, walls.encode())
        while self._receive():
            if self._running:
                self._take_turn(self._running.popleft())

    def _receive(self) -> bool:
        """Take what has come; wait for it only where no guest wants to run. False: the connection has ended."""
        self._ticker.at_work = bool(self._running)
        try:
            data = self._connection.recv(frames.READ, socket.MSG_DONTWAIT if self._running else 0)
        except BlockingIOError:
            return True
        self._ticker.at_work = True
        self._ticker.wake()
        for frame in self._decoder.feed(data):
            self._handle(frame)
        return bool(data)

    def _handle(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.CALL:
                self._call(frame)
            case Kind.ANSWERS:
                self._answer(frame)
            case Kind.CANCEL:
                self._drop(frame.run)
            case Kind.BUILD:
                self._build(frame)
            case Kind.WARM:
                self._warm(frame)
            case Kind.PING:
                self._send(Kind.PONG, frame.run)
            case _:
                raise frames.FrameError(f"a worker does not take {frame.kind.name}")

    def _call(self, frame: Frame) -> None:
        image, limits, message, *played = frame.parts
        try:
            held = RunLimits.read(limits)
            tape = Tape(*played[:1], lenient=len(played) > 1) if held.records else None
            run = self._pools.open(image.decode(), held, tape)
        except RunFailed as failure:
            self._refuse(frame.run, failure.kind, failure.message)
            return
        except NO_INSTANCE as error:
            self._refuse(frame.run, ErrorKind.TRAP, str(error))
            return
        self._runs[frame.run] = run
        self._enter(frame.run, run, message)

    def _answer(self, frame: Frame) -> None:
        run = self._runs.get(frame.run)
        if run is None:
            self._refuse(frame.run, ErrorKind.NONSENSE, "the function had ended")
        elif not run.runs:
            self._enter(frame.run, run, frame.parts[0])

    def _enter(self, number: int, run: GuestRun, message: bytes) -> None:
        try:
            run.enter(message)
        except RunFailed as failure:
            self._fail(number, run, failure)
            return
        self._ticker.wake()
        self._take_turn(number)

    def _take_turn(self, number: int) -> None:
        run = self._runs.get(number)
        if run is None:
            self._continue_build(number)
            return
        try:
            handed_over = run.advance()
        except RunFailed as failure:
            self._fail(number, run, failure)
            return
        except SandboxError as error:  # it asked the host for what no guest library would: its memory is not its own
            self._fail(number, run, RunFailed(ErrorKind.NONSENSE, str(error)))
            return
        if handed_over is None:
            self._ticker.wake()
            self._running.append(number)
            return
        taken = (run.tape.take(),) if run.tape else ()
        pages = run.pages_written() if handed_over.startswith(ENDED) else None
        self._send(Kind.STEPPED, number, handed_over, *taken, _stats(run, pages))
        if handed_over.startswith(ENDED):
            self._drop(number)

    def _fail(self, number: int, run: GuestRun, failure: RunFailed) -> None:
        parts = (failure.kind.encode(), failure.message.encode(), failure.stack.encode(), failure.left, _stats(run))
        self._send(Kind.FAILED, number, *parts)
        self._drop(number)

    def _drop(self, number: int) -> None:
        held = self._runs.pop(number, None) or self._builds.pop(number, None)
        if held is not None:
            held.close()

    def _build(self, frame: Frame) -> None:
        source = ImageSource.read(frame.parts[0])
        pool = self._pools.spare
        self._builds[frame.run] = ImageBuild(pool.linker, pool.core, pool.base, self._door, source)
        self._running.append(frame.run)

    def _warm(self, frame: Frame) -> None:
        with suppress(*NO_INSTANCE, RunFailed):  # whoever calls it is told
            self._pools.warm(frame.parts[0].decode(), _WARMING)

    def _continue_build(self, number: int) -> None:
        build = self._builds.get(number)
        if build is None:
            return
        self._ticker.wake()
        try:
            built = build.advance()
        except SandboxError as failure:
            self._refuse(number, ErrorKind.THREW, str(failure))
            self._drop(number)
            return
        if built is None:
            self._running.append(number)
            return
        self._send(Kind.BUILT, number, *built)
        self._drop(number)

    def _refuse(self, number: int, kind: ErrorKind, message: str) -> None:
        """Say why there is no run, and so nothing that it used."""
        self._send(Kind.FAILED, number, kind.encode(), message.encode(), b"", b"", b"{}")

    def _send(self, kind: Kind, run: int, *parts: bytes) -> None:
        self._connection.sendall(frames.encode(kind, run, *parts))


def _stats(run: GuestRun, pages_written: int | None = None) -> bytes:
    pages = b"" if pages_written is None else b',"pages_written":%d' % pages_written
    return b'{"guest_time":%f,"memory":%d%b}' % (run.guest_time, run.instance.memory_size, pages)


def serve(task: Task) -> None:
    """Confined in two steps: files before the first thread starts, system calls once the engine is loaded."""
    landlock = leave_files({task.directory: Files.READ}, kept=(task.connection.fileno(),), parent=task.supervisor)
    worker = Worker(task.connection, task.directory, task.slots)
    seccomp = leave_system_calls(WORKER_RULES)
    worker.serve(Walls(landlock=landlock, seccomp=seccomp))


if __name__ == "__main__":
    serve_task(serve)
