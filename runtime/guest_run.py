"""One run inside a worker: entered with a text, stepped until it waits or ends, entered again with answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import orjson
import wasmtime

from runtime import core
from runtime.dirty_pages import pages_written
from runtime.door import LIVE, Door
from runtime.errors import ErrorKind, SandboxError
from runtime.handed_over import HandedOver, Nonsense
from runtime.instance import Instance
from runtime.last_words import last_words
from runtime.limits import Limits
from runtime.machine import MappedImage
from runtime.step import MEMORY_OUT_OF_BOUNDS, OUT_OF_STACK, GuestTrapped, Step
from runtime.tape import Tape
from runtime.thrown import read_thrown

INBOX_SIZE = 128 * 1024
"""Bytes of the inbox; a longer message is laid down in the guest's heap."""
FAILED = "the function failed"
OUT_OF_TIME, OUT_OF_MEMORY = "execution time limit exceeded", "memory limit exceeded"
OUT_OF_STACK_TEXT = "Maximum call stack size exceeded"
OVERTIME = 0.003
"""Seconds of processor that a guest may use after its time to come to the engine's next look at the clock."""
_OVERHEAD = 64 * 1024
"""Bytes beyond a result's limit that its envelope may take."""


class RunFailed(Exception):
    """The run cannot go on. `left` is what the guest could still hand over, of which nothing but its log is taken."""

    def __init__(self, kind: ErrorKind, message: str, stack: str = "", left: bytes = b"") -> None:
        super().__init__(message)
        self.left = left
        self.kind = kind
        self.message = message
        self.stack = stack


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """The limits a worker itself holds: seconds, bytes of memory and stack, bytes the guest may hand over at once."""

    wall_time: float
    cpu_time: float
    memory: int
    stack: int
    output: int
    records: bool = False
    measures: bool = False

    @staticmethod
    @lru_cache
    def read(data: bytes) -> RunLimits:
        """From the supervisor's JSON, which is the same for most calls."""
        return RunLimits(**orjson.loads(data))


class GuestRun:
    """A guest on its way. `advance` gives what it handed over, or None while it still runs."""

    def __init__(self, instance: Instance, door: Door, limits: RunLimits, tape: Tape | None = None) -> None:
        self.instance = instance
        self.guest_time = 0.0
        self._door = door
        self._limits = limits
        self._deadline = time.monotonic() + limits.wall_time
        self._step: Step | None = None
        self.tape = tape
        self._fresh: Callable[[], Instance] | None = None
        self._interrupted = False
        self._overtime = 0.0
        self._is_long = False  # only then is the kernel asked for processor time, which costs a short run a twentieth

    @classmethod
    def open(
        cls,
        linker: wasmtime.Linker,
        engine_core: wasmtime.Module,
        image: MappedImage,
        door: Door,
        limits: RunLimits,
        *,
        tape: Tape | None = None,
        on_close: Callable[[], None] | None = None,
    ) -> GuestRun:
        """A fresh instance of the image, not yet entered. Raises SandboxError where there is no room."""
        instance = Instance(linker, engine_core, image, memory=limits.memory, on_close=on_close)
        if limits.stack < Limits().stack:
            _lower_stack(instance, limits.stack)
        run = cls(instance, door, limits, tape)
        if limits.measures:
            run._fresh = lambda: Instance(linker, engine_core, image, memory=limits.memory)
        return run

    @property
    def runs(self) -> bool:
        """Whether the guest has been entered and has not come back yet."""
        return self._step is not None

    def enter(self, message: bytes) -> None:
        """Hand the guest a message; it runs at the next `advance`. Raises RunFailed."""
        self._door.open_for(self.instance, LIVE, tape=self.tape)
        try:
            if len(message) <= INBOX_SIZE:
                self.instance.write(core.INBOX, message)
                address = core.INBOX
            else:
                address = self.instance.allocate(message)
            self._step = self.instance.start(b"enter", address, len(message))
        except GuestTrapped as trapped:
            raise RunFailed(ErrorKind.MEMORY, OUT_OF_MEMORY) from trapped
        except SandboxError as error:  # the room that the guest's heap gave is not in its memory
            raise RunFailed(ErrorKind.NONSENSE, str(error)) from error

    def advance(self) -> bytes | None:
        """Let the guest run until the next epoch. Raises RunFailed when it broke a limit or trapped.

        When its time is over the engine interrupts it, which tells where it was; one that does not stop by that is
        stopped from outside.
        """
        step = self._step
        if step is None:
            raise SandboxError("the run was not entered")
        started = time.monotonic()
        began = time.thread_time() if self._is_long else started
        deadline = min(self._deadline, started + self._limits.cpu_time - self.guest_time)
        self._door.open_for(self.instance, LIVE, deadline=deadline, tape=self.tape)
        try:
            address = step.poll()
        except GuestTrapped as trapped:
            raise RunFailed(*_explain(trapped)) from trapped
        except SandboxError as error:
            if self._door.interrupted:
                raise self._out_of_time() from error
            raise
        used = (time.thread_time() if self._is_long else time.monotonic()) - began
        self.guest_time += used
        self._interrupted |= self._door.interrupted
        if address is None:
            self._is_long = True
            if started >= deadline:
                self._check_overtime(used)
            return None
        self._step = None
        if self._interrupted:
            raise self._interrupted_at(address)
        if address == 0:
            raise self._failure()
        return self._collect(address)

    def pages_written(self) -> int | None:
        """Pages of 4 kB that the guest has written; None where this is not measured, or no room to measure it in."""
        if self._fresh is None:
            return None
        try:
            with self._fresh() as fresh:
                return pages_written(self.instance, fresh)
        except SandboxError:
            return None

    def close(self) -> None:
        """Stop the guest wherever it is and give its instance back."""
        if self._step is not None:
            self._step.drop()
            self._step = None
        self.instance.close()

    def _collect(self, address: int) -> bytes:
        length = int.from_bytes(self.instance.read(core.LENGTH, 4), "little")
        if length > self._limits.output + _OVERHEAD:
            raise RunFailed(ErrorKind.RESULT, f"the result exceeds the limit of {self._limits.output} bytes")
        return self.instance.read(address, length)

    def _check_overtime(self, seconds: float) -> None:
        self._overtime += seconds
        if self._overtime >= OVERTIME:
            raise self._out_of_time()

    def _out_of_time(self, stack: str = "", left: bytes = b"") -> RunFailed:
        if time.monotonic() >= self._deadline:
            return RunFailed(ErrorKind.WALL_TIME, OUT_OF_TIME, stack, left)
        text = f"exceeded {self._limits.cpu_time:g} seconds of processor time"
        return RunFailed(ErrorKind.CPU_TIME, text, stack, left)

    def _interrupted_at(self, address: int) -> RunFailed:
        """With the stack where the guest was: of its exception, or of a promise that was rejected with it."""
        if address == 0:
            thrown = read_thrown(self.instance)
            left = last_words(self.instance, self._limits.output)
            return self._out_of_time(thrown.stack if thrown else "", left)
        try:
            left = self._collect(address)
            error = HandedOver.read(left).error
        except (Nonsense, RunFailed):
            return self._out_of_time()
        return self._out_of_time(error.stack if error else "", left)

    def _failure(self) -> RunFailed:
        """Why the guest could not answer, as its exception tells."""
        thrown = read_thrown(self.instance)
        if thrown is None or thrown.message == "out of memory":
            return RunFailed(ErrorKind.MEMORY, OUT_OF_MEMORY, thrown.stack if thrown else "")
        if thrown.message == OUT_OF_STACK_TEXT:
            return RunFailed(ErrorKind.STACK, OUT_OF_STACK_TEXT, thrown.stack)
        return RunFailed(ErrorKind.TRAP, FAILED, thrown.stack)


def _lower_stack(instance: Instance, stack: int) -> None:
    try:
        instance.call(b"qjs_set_max_stack_size", stack, has_result=False)
    except (GuestTrapped, SandboxError) as error:
        instance.close()
        raise SandboxError(f"the image is broken: {error}") from error


def _explain(trapped: GuestTrapped) -> tuple[ErrorKind, str]:
    if trapped.code in (OUT_OF_STACK, MEMORY_OUT_OF_BOUNDS):
        return ErrorKind.STACK, OUT_OF_STACK_TEXT
    return ErrorKind.TRAP, FAILED
