"""One fresh guest: an image's memory under the engine core, entered step by step."""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Callable
from ctypes import c_uint64, c_void_p
from types import TracebackType
from typing import Self

import wasmtime
from wasmtime import _ffi as ffi

from runtime import engine_functions as engine
from runtime import wasm
from runtime.errors import SandboxError
from runtime.machine import INSTANCES, ChangedImage, MappedImage, WholeImage
from runtime.step import GuestTrapped, Step, raise_failure

_NO_LIMIT = -1
_LAYING_DOWN = 200
"""Epochs after which code would be interrupted that runs while an image is laid down: an image has none."""
LONGEST_CALL = 2.0
"""Seconds of processor that a short call of the engine may take: in a memory that a guest has broken, it may never end,
and all guests of the worker wait for it."""


class _Handles(ctypes.Structure):
    """Where wasmtime writes what it makes of a guest."""

    _fields_ = (
        ("trap", c_void_p),
        ("core", ffi.wasmtime_instance_t),
        ("other", ffi.wasmtime_instance_t),
        ("memory", ffi.wasmtime_extern_t),
        ("pages_before", c_uint64),
    )


_TRAP, _CORE, _OTHER = _Handles.trap.offset, _Handles.core.offset, _Handles.other.offset
_MEMORY, _PAGES_BEFORE = _Handles.memory.offset, _Handles.pages_before.offset
_OF = ffi.wasmtime_extern_t.of.offset


class Instance:
    """A guest of its own store. Close it; nothing of it outlives that."""

    def __init__(
        self,
        linker: wasmtime.Linker,
        core: wasmtime.Module,
        image: MappedImage,
        *,
        memory: int,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self._on_close = on_close
        self._known_size = image.pages * wasm.PAGE
        self._functions: dict[bytes, ffi.wasmtime_extern_t] = {}
        self._handles = _Handles()
        self._at = ctypes.addressof(self._handles)
        self._memory = self._at + _MEMORY + _OF
        self._store: int | None = engine.store_new(linker.engine.ptr(), None, None)
        self._context: int = engine.store_context(self._store)
        engine.store_limiter(self._store, memory, _NO_LIMIT, INSTANCES, 1, 1)
        engine.set_epoch_deadline(self._context, _LAYING_DOWN)
        try:
            self._lay_down(linker, core, image)
        except BaseException:
            self.close()
            raise
        engine.set_epoch_deadline(self._context, 1)
        engine.yield_at_epochs(self._context, 1)
        self._base: int = engine.memory_data(self._context, self._memory) or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give everything back; idempotent."""
        if self._store is not None:
            engine.store_delete(self._store)
            self._store = None
            if self._on_close is not None:
                self._on_close()

    @property
    def memory_size(self) -> int:
        """Bytes of linear memory the guest has now."""
        return int(engine.memory_data_size(self._context, self._memory))

    def read(self, address: int, length: int) -> bytes:
        """A copy of the guest's memory; raises SandboxError where it is not inside."""
        self._check_range(address, length)
        return ctypes.string_at(self._base + address, length)

    def write(self, address: int, data: bytes) -> None:
        """Puts bytes into the guest's memory; raises SandboxError where they do not fit inside."""
        self._check_range(address, len(data))
        ctypes.memmove(self._base + address, data, len(data))

    def start(self, name: bytes, *arguments: int, has_result: bool = True) -> Step:
        """Begin a call of one of the core's exports."""
        function = self._functions.get(name)
        if function is None:
            function = self._functions[name] = self._export(name)
        return Step(self._context, function, arguments, has_result=has_result)

    def call(self, name: bytes, *arguments: int, has_result: bool = True, until: float = math.inf) -> int:
        """Run one of the core's exports to its end. Raises GuestTrapped, also where `until` comes first.

        It is a moment of this thread's processor time: what others take of the processors is not the guest's.
        """
        step = self.start(name, *arguments, has_result=has_result)
        result = step.poll()
        spent_at = min(until, time.thread_time() + LONGEST_CALL) if result is None else math.inf
        while result is None:
            if time.thread_time() > spent_at:
                step.drop()
                raise GuestTrapped("a call of the engine takes too long", None)
            result = step.poll()
        return result

    def allocate(self, data: bytes) -> int:
        """The address of a NUL-terminated copy of `data` in the guest's heap."""
        address = self.call(b"wasm_malloc", len(data) + 1)
        if address == 0:
            raise GuestTrapped("out of memory", None)
        self.write(address, data + b"\0")
        return address

    def _check_range(self, address: int, length: int) -> None:
        """Asks how large the memory is only where it must have grown: it never shrinks."""
        if address + length > self._known_size:
            self._known_size = self.memory_size
        if address < 0 or length < 0 or address + length > self._known_size:
            raise SandboxError("the guest named an address outside its memory")

    def _lay_down(self, linker: wasmtime.Linker, core: wasmtime.Module, image: MappedImage) -> None:
        """Put engine and memory together; no code of either runs."""
        try:
            if isinstance(image, ChangedImage):
                self._change_base(image)
            else:
                self._join(linker, core, image)
        except GuestTrapped as trapped:  # data that does not fit into the memory
            raise SandboxError(f"the image is broken: {trapped}") from trapped

    def _change_base(self, image: ChangedImage) -> None:
        at, context = self._at, self._context
        self._check(engine.instantiate_linked(image.engine.ptr(), context, at + _CORE, at + _TRAP))
        self._find(_CORE, b"memory", at + _MEMORY)
        if image.more_pages:
            self._check(engine.memory_grow(context, self._memory, image.more_pages, at + _PAGES_BEFORE))
        if image.changes is not None:
            self._check(
                engine.instantiate(context, image.changes.ptr(), at + _MEMORY, 1, at + _OTHER, at + _TRAP)
            )  # fmt: skip

    def _join(self, linker: wasmtime.Linker, core: wasmtime.Module, image: WholeImage) -> None:
        at, context = self._at, self._context
        self._check(engine.instantiate(context, image.memory.ptr(), None, 0, at + _OTHER, at + _TRAP))
        self._find(_OTHER, b"memory", at + _MEMORY)
        self._check(engine.linker_define(linker.ptr(), context, b"image", 5, b"memory", 6, at + _MEMORY))
        self._check(engine.linker_instantiate(linker.ptr(), context, core.ptr(), at + _CORE, at + _TRAP))

    def _check(self, error: int | None) -> None:
        raise_failure(self._handles.trap, error)

    def _export(self, name: bytes) -> ffi.wasmtime_extern_t:
        found = ffi.wasmtime_extern_t()
        self._find(_CORE, name, ctypes.addressof(found))
        return found

    def _find(self, instance: int, name: bytes, found: int) -> None:
        if not engine.export_get(self._context, self._at + instance, name, len(name), found):
            raise SandboxError(f"the module does not export {name.decode()}")
