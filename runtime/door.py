"""The one door by which clock, chance and answers reach a guest while it runs."""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import wasmtime

from runtime import crypto
from runtime.crypto import Chance
from runtime.tape import CLOCK, Tape

if TYPE_CHECKING:
    from runtime.instance import Instance

SYNC_FUNCTION = b"__host_sync"
"""The global by which the guest library asks for something at once; it takes it and deletes it."""
BUILD_TIME = 1_735_689_600.0
"""Seconds since the epoch that every image is built at, so that the same sources make the same image."""
_SUCCESS, _BAD_DESCRIPTOR = 0, 8
_SCRATCH = 96
"""Address of 8 free bytes at the far end of the guest's stack, which the engine's own limit keeps free."""


def _frozen_entropy(length: int) -> bytes:
    return bytes(length)


def _frozen_now() -> float:
    return BUILD_TIME


FROZEN = Chance(entropy=_frozen_entropy, now=_frozen_now)
"""Clock and chance while an image is built."""
LIVE = Chance(entropy=os.urandom, now=time.time)
"""Clock and chance of a call."""


@dataclass(slots=True)
class Door:
    """Answers the engine's imports for whichever instance is being polled in this process."""

    instance: Instance | None = None
    chance: Chance = LIVE
    deadline: float = math.inf
    interrupted: bool = False
    tape: Tape | None = None

    def open_for(
        self, instance: Instance, chance: Chance, *, deadline: float = math.inf, tape: Tape | None = None
    ) -> None:
        """What is asked from now on is asked by this instance, whose time ends at `deadline` (monotonic seconds)."""
        self.instance = instance
        self.chance = chance
        self.tape = tape
        self.deadline = deadline
        self.interrupted = False

    def _guest(self) -> Instance:
        if self.instance is None:
            raise RuntimeError("no guest is running")
        return self.instance

    def _given(self, source: Callable[[], bytes], tag: Callable[[], bytes]) -> bytes:
        """Everything that is not the same at the next run comes from here: clock, chance, and what is made of them.

        `tag` tells questions apart, for a tape.
        """
        return source() if self.tape is None else self.tape.draw(tag(), source)

    def clock_time_get(self, _clock: int, _precision: int, address: int) -> int:
        """WASI: nanoseconds, at the millisecond's grain; every clock is the host's wall clock."""
        self._guest().write(address & 0xFFFFFFFF, self._given(self._now, lambda: CLOCK))
        return _SUCCESS

    def _now(self) -> bytes:
        return (int(self.chance.now() * 1000) * 1_000_000).to_bytes(8, "little")

    def random_get(self, address: int, length: int) -> int:
        """WASI: random bytes."""
        guest = self._guest()
        size = length & 0xFFFFFFFF
        if size > guest.memory_size:
            return _BAD_DESCRIPTOR
        guest.write(address & 0xFFFFFFFF, self._given(lambda: self.chance.entropy(size), lambda: b"entropy %d" % size))
        return _SUCCESS

    def host_interrupt(self) -> int:
        """QuickJS asks every now and then as it runs: 1 makes it throw what no author's code can catch."""
        if time.monotonic() < self.deadline:
            return 0
        self.interrupted = True
        return 1

    def host_call(self, name: int, name_length: int, _this: int, count: int, arguments: int) -> int:
        """QuickJS calls a host function: `__host_sync(operation, json)`, answered with a JSON text.

        Raises TimeoutError, which ends the guest, once its time is over: an answer may take half a second.
        """
        guest = self._guest()
        if guest.read(name, name_length & 0xFFFF) != SYNC_FUNCTION or count != 2:
            return 0
        if self.host_interrupt():
            raise TimeoutError("the guest's time is over")
        handles = guest.read(arguments, 8)
        operation = read_text(guest, int.from_bytes(handles[:4], "little"))
        request = read_text(guest, int.from_bytes(handles[4:], "little"))
        answer = self._given(
            lambda: crypto.answer(_text(operation), request, self.chance),
            lambda: hashlib.sha256(operation + b" " + request).digest(),
        )
        return new_string(guest, answer)


def _text(operation: bytes) -> str:
    return operation.decode(errors="replace")


def read_text(guest: Instance, handle: int, *, until: float = math.inf) -> bytes:
    """The UTF-8 text of a guest's string."""
    address = guest.call(b"qjs_get_string_len", handle, _SCRATCH, until=until)
    if address == 0:
        return b""
    text = guest.read(address, int.from_bytes(guest.read(_SCRATCH, 4), "little"))
    guest.call(b"qjs_free_cstring", address, has_result=False)
    return text


def new_string(guest: Instance, text: bytes) -> int:
    """The handle of a new string in the guest."""
    address = guest.allocate(text)
    handle = guest.call(b"qjs_new_string", address, len(text))
    guest.call(b"wasm_free", address, has_result=False)
    return handle


def _zero(*_: int) -> int:
    return 0


def _bad_descriptor(*_: int) -> int:
    return _BAD_DESCRIPTOR


def _nothing(*_: int) -> None:
    return None


def make_linker(engine: wasmtime.Engine, core: wasmtime.Module, door: Door) -> wasmtime.Linker:
    """A linker that gives the core its imports; what the core asks for beyond this table does not link."""
    functions: dict[str, Callable[..., int | None]] = {
        "clock_time_get": door.clock_time_get,
        "random_get": door.random_get,
        "host_call": door.host_call,
        "host_interrupt": door.host_interrupt,
        "host_promise_rejection": _nothing,
        "host_module_normalize": _zero,
        "host_module_load": _zero,
        "host_get_timezone_offset": _zero,
        "fd_write": _bad_descriptor,
        "fd_close": _bad_descriptor,
        "fd_fdstat_get": _bad_descriptor,
        "fd_seek": _bad_descriptor,
    }
    linker = wasmtime.Linker(engine)
    linker.allow_shadowing = True
    for needed in core.imports:
        if isinstance(needed.type, wasmtime.FuncType) and needed.name in functions:
            linker.define_func(needed.module, needed.name, needed.type, functions[needed.name])
    return linker
