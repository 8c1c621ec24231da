"""One run inside a worker: entered with a text, stepped until it waits or ends, entered again with answers."""

from __future__ import annotations

import time
from dataclasses import dataclass

import orjson
import wasmtime

from runtime import core
from runtime.door import LIVE, Door
from runtime.errors import ErrorKind, SandboxError
from runtime.instance import MEMORY_OUT_OF_BOUNDS, OUT_OF_STACK, GuestTrapped, Instance, Step

INBOX = 4096
"""Address where a message is laid down for the guest: below its stack's limit, so nothing else is ever there."""
INBOX_SIZE = 128 * 1024
"""Bytes of the inbox; a longer message is laid down in the guest's heap."""
FAILED = "the function failed"
_OVERHEAD = 64 * 1024
"""Bytes beyond a result's limit that its envelope may take."""


class RunFailed(Exception):
    """The run cannot go on."""

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """The limits a worker itself holds: seconds, bytes of memory, bytes of what the guest may hand over at once."""

    wall_time: float
    memory: int
    output: int

    @classmethod
    def read(cls, data: bytes) -> RunLimits:
        """From the supervisor's JSON."""
        fields = orjson.loads(data)
        return cls(wall_time=fields["wall_time"], memory=fields["memory"], output=fields["output"])


class GuestRun:
    """A guest on its way. `advance` gives what it handed over, or None while it still runs."""

    def __init__(self, instance: Instance, door: Door, limits: RunLimits) -> None:
        self.instance = instance
        self.guest_time = 0.0
        self._door = door
        self._limits = limits
        self._deadline = time.monotonic() + limits.wall_time
        self._step: Step | None = None

    @classmethod
    def open(
        cls,
        linker: wasmtime.Linker,
        engine_core: wasmtime.Module,
        image: wasmtime.Module,
        door: Door,
        limits: RunLimits,
    ) -> GuestRun:
        """A fresh instance of the image, not yet entered. Raises SandboxError where there is no room."""
        return cls(Instance(linker, engine_core, image, memory=limits.memory), door, limits)

    @property
    def runs(self) -> bool:
        """Whether the guest has been entered and has not come back yet."""
        return self._step is not None

    def enter(self, message: bytes) -> None:
        """Hand the guest a message; it runs at the next `advance`. Raises RunFailed."""
        self._door.open_for(self.instance, LIVE)
        try:
            if len(message) <= INBOX_SIZE:
                self.instance.write(INBOX, message)
                address = INBOX
            else:
                address = self.instance.allocate(message)
            self._step = self.instance.start(b"enter", address, len(message))
        except GuestTrapped as trapped:
            raise RunFailed(ErrorKind.MEMORY, "memory limit exceeded") from trapped

    def advance(self) -> bytes | None:
        """Let the guest run until the next epoch. Raises RunFailed when it broke a limit or trapped."""
        step = self._step
        if step is None:
            raise SandboxError("the run was not entered")
        self._door.open_for(self.instance, LIVE)
        started = time.monotonic()
        try:
            address = step.poll()
        except GuestTrapped as trapped:
            raise RunFailed(*_explain(trapped)) from trapped
        now = time.monotonic()
        self.guest_time += now - started
        if address is None:
            if now >= self._deadline:
                raise RunFailed(ErrorKind.WALL_TIME, "execution time limit exceeded")
            return None
        self._step = None
        return self._collect(address)

    def close(self) -> None:
        """Stop the guest wherever it is and give its instance back."""
        if self._step is not None:
            self._step.drop()
            self._step = None
        self.instance.close()

    def _collect(self, address: int) -> bytes:
        if address == 0:
            full = self.instance.memory_size + _OVERHEAD > self._limits.memory
            raise RunFailed(ErrorKind.MEMORY, "memory limit exceeded") if full else RunFailed(ErrorKind.TRAP, FAILED)
        length = int.from_bytes(self.instance.read(core.LENGTH, 4), "little")
        if length > self._limits.output + _OVERHEAD:
            raise RunFailed(ErrorKind.RESULT, f"the result exceeds the limit of {self._limits.output} bytes")
        return self.instance.read(address, length)


def _explain(trapped: GuestTrapped) -> tuple[ErrorKind, str]:
    if trapped.code in (OUT_OF_STACK, MEMORY_OUT_OF_BOUNDS):
        return ErrorKind.STACK, "Maximum call stack size exceeded"
    return ErrorKind.TRAP, FAILED
