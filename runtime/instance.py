"""One fresh guest: an image's memory under the engine core, entered step by step."""

from __future__ import annotations

import ctypes
import math
import time
from collections.abc import Callable
from ctypes import POINTER, byref
from types import TracebackType
from typing import Self, cast

import wasmtime
from wasmtime import _ffi as ffi

from runtime.errors import SandboxError
from runtime.machine import INSTANCES, MappedImage, error_message

_NO_FINALIZER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(0)
_I32, _I64 = 0, 1
_MOST_ARGUMENTS = 6
_VALUES = tuple(ffi.wasmtime_val_t * max(1, count) for count in range(_MOST_ARGUMENTS + 1))
_Trap, _Error = POINTER(ffi.wasm_trap_t), POINTER(ffi.wasmtime_error_t)
_NO_LIMIT = -1
LONGEST_CALL = 2.0
"""Seconds of processor that a short call of the engine may take: in a memory that a guest has broken, it may never end,
and all guests of the worker wait for it."""
OUT_OF_STACK = 1
"""wasmtime's trap code for an exhausted native stack."""
MEMORY_OUT_OF_BOUNDS = 2
"""wasmtime's trap code for an address outside the linear memory."""


class GuestTrapped(Exception):
    """The guest hit a trap; its instance cannot be used again."""

    def __init__(self, message: str, code: int | None) -> None:
        super().__init__(message)
        self.code = code


class Step:
    """A call into the guest that is under way; `poll` lets it run until the next epoch."""

    def __init__(
        self, instance: Instance, function: ffi.wasmtime_extern_t, arguments: tuple[int, ...], *, has_result: bool
    ) -> None:
        self._arguments = _VALUES[len(arguments)]()
        for slot, argument in zip(self._arguments, arguments, strict=False):
            slot.kind, slot.of.i32 = _I32, argument
        self._result = _VALUES[1]()
        self._trap = _Trap()
        self._error = _Error()
        self._function = function
        self._future: ctypes._Pointer[ffi.wasmtime_call_future_t] | None = ffi.wasmtime_func_call_async(
            instance.context, byref(function.of.func), self._arguments, len(arguments),
            self._result, int(has_result), byref(self._trap), byref(self._error),
        )  # fmt: skip

    def poll(self) -> int | None:
        """The call's result, unsigned; None while it has not ended. Raises GuestTrapped."""
        if not ffi.wasmtime_call_future_poll(self._future):
            return None
        self.drop()
        _raise_failure(self._trap, self._error)
        result = self._result[0]
        is_wide = cast("int", result.kind) == _I64
        return result.of.i64 & 0xFFFFFFFFFFFFFFFF if is_wide else result.of.i32 & 0xFFFFFFFF

    def drop(self) -> None:
        """Stop the call where it stands."""
        if self._future is not None:
            ffi.wasmtime_call_future_delete(self._future)
            self._future = None


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
        self._known_size = 0
        self._store: ctypes._Pointer[ffi.wasmtime_store_t] | None = ffi.wasmtime_store_new(
            linker.engine.ptr(), None, _NO_FINALIZER
        )
        self.context = ffi.wasmtime_store_context(self._store)
        ffi.wasmtime_store_limiter(self._store, memory, _NO_LIMIT, INSTANCES, 1, 1)
        ffi.wasmtime_context_set_epoch_deadline(self.context, 1)
        ffi.wasmtime_context_epoch_deadline_async_yield_and_update(self.context, 1)
        self._functions: dict[bytes, ffi.wasmtime_extern_t] = {}
        try:
            self._memory = self._export(self._instantiate(linker, image.memory), b"memory")
            _check(
                ffi.wasmtime_linker_define(linker.ptr(), self.context, b"image", 5, b"memory", 6, byref(self._memory))
            )
            if image.changes is not None:
                self._grow(image.pages)
                self._instantiate(linker, image.changes)
            self._base = self._address()
            self._core = self._instantiate(linker, core)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give everything back; idempotent."""
        if self._store is not None:
            ffi.wasmtime_store_delete(self._store)
            self._store = None
            if self._on_close is not None:
                self._on_close()

    @property
    def memory_size(self) -> int:
        """Bytes of linear memory the guest has now."""
        return int(ffi.wasmtime_memory_data_size(self.context, byref(self._memory.of.memory)))

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
            function = self._functions[name] = self._export(self._core, name)
        return Step(self, function, arguments, has_result=has_result)

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

    def _address(self) -> int:
        """Where the memory lies in this process; in a pool's slot that does not change when it grows."""
        pointer = ffi.wasmtime_memory_data(self.context, byref(self._memory.of.memory))
        return ctypes.cast(pointer, ctypes.c_void_p).value or 0

    def _grow(self, pages: int) -> None:
        memory, before = byref(self._memory.of.memory), ctypes.c_uint64()
        missing = pages - int(ffi.wasmtime_memory_size(self.context, memory))
        if missing > 0:
            _check(ffi.wasmtime_memory_grow(self.context, memory, missing, byref(before)))

    def _instantiate(self, linker: wasmtime.Linker, module: wasmtime.Module) -> ffi.wasmtime_instance_t:
        instance = ffi.wasmtime_instance_t()
        trap, error = _Trap(), _Error()
        future = ffi.wasmtime_linker_instantiate_async(
            linker.ptr(), self.context, module.ptr(), byref(instance), byref(trap), byref(error)
        )
        while not ffi.wasmtime_call_future_poll(future):
            pass
        ffi.wasmtime_call_future_delete(future)
        try:
            _raise_failure(trap, error)
        except GuestTrapped as trapped:  # data that does not fit into the memory
            raise SandboxError(f"the image is broken: {trapped}") from trapped
        return instance

    def _export(self, instance: ffi.wasmtime_instance_t, name: bytes) -> ffi.wasmtime_extern_t:
        found = ffi.wasmtime_extern_t()
        if not ffi.wasmtime_instance_export_get(self.context, byref(instance), name, len(name), byref(found)):
            raise SandboxError(f"the module does not export {name.decode()}")
        return found


def _raise_failure(trap: ctypes._Pointer[ffi.wasm_trap_t], error: ctypes._Pointer[ffi.wasmtime_error_t]) -> None:
    if bool(error):
        raise SandboxError(error_message(error))
    if bool(trap):
        code = ffi.wasmtime_trap_code_t()
        has_code = ffi.wasmtime_trap_code(trap, byref(code))
        message = ffi.wasm_byte_vec_t()
        ffi.wasm_trap_message(trap, byref(message))
        text = bytes(message.data[: message.size]).rstrip(b"\0").decode(errors="replace")
        ffi.wasm_byte_vec_delete(byref(message))
        ffi.wasm_trap_delete(trap)
        raise GuestTrapped(text, int(code.value) if has_code else None)


def _check(error: ctypes._Pointer[ffi.wasmtime_error_t]) -> None:
    if bool(error):
        raise SandboxError(error_message(error))
