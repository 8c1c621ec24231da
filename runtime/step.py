"""A call into a guest that is under way, and what its traps say."""

from __future__ import annotations

import ctypes
import struct
from ctypes import POINTER, byref, c_void_p

from wasmtime import _ffi as ffi

from runtime import engine_functions as engine
from runtime.errors import SandboxError
from runtime.machine import error_message

OUT_OF_STACK = 1
"""wasmtime's trap code for an exhausted native stack."""
MEMORY_OUT_OF_BOUNDS = 2
"""wasmtime's trap code for an address outside the linear memory."""

_I64 = 1
_MOST_ARGUMENTS = 6
_VALUE, _OF = ctypes.sizeof(ffi.wasmtime_val_t), ffi.wasmtime_val_t.of.offset
_ARGUMENTS = tuple(
    struct.Struct(f"<{f'{_OF}xI{_VALUE - _OF - 4}x' * count}") for count in range(_MOST_ARGUMENTS + 1)
)  # fmt: skip
"""Arguments as wasmtime takes them: each of the kind 0, which is i32."""
_FUNCTION = ffi.wasmtime_extern_t.of.offset
_RESULT = struct.Struct(f"<B{_OF - 1}xQ")


class _Frame(ctypes.Structure):
    """What wasmtime reads and writes while the call is under way, so it must stay where it is."""

    _fields_ = (
        ("trap", c_void_p),
        ("error", c_void_p),
        ("result", ffi.wasmtime_val_t),
        ("arguments", ffi.wasmtime_val_t * _MOST_ARGUMENTS),
    )


_TRAP, _ERROR = _Frame.trap.offset, _Frame.error.offset
_RESULT_AT, _ARGUMENTS_AT = _Frame.result.offset, _Frame.arguments.offset


class GuestTrapped(Exception):
    """The guest hit a trap; its instance cannot be used again."""

    def __init__(self, message: str, code: int | None) -> None:
        super().__init__(message)
        self.code = code


class Step:
    """A call of a function; `poll` lets it run until the next epoch."""

    __slots__ = ("_frame", "_function", "_future")

    def __init__(
        self, context: int, function: ffi.wasmtime_extern_t, arguments: tuple[int, ...], *, has_result: bool
    ) -> None:
        frame = self._frame = _Frame()
        self._function = function  # kept, as wasmtime reads it
        _ARGUMENTS[len(arguments)].pack_into(frame, _ARGUMENTS_AT, *arguments)
        start = ctypes.addressof(frame)
        self._future: int | None = engine.call_async(
            context, ctypes.addressof(function) + _FUNCTION, start + _ARGUMENTS_AT, len(arguments),
            start + _RESULT_AT, has_result, start + _TRAP, start + _ERROR,
        )  # fmt: skip

    def poll(self) -> int | None:
        """The call's result, unsigned; None while it has not ended. Raises GuestTrapped."""
        if not engine.future_poll(self._future):
            return None
        self.drop()
        frame = self._frame
        raise_failure(frame.trap, frame.error)
        kind, bits = _RESULT.unpack_from(frame, _RESULT_AT)
        return int(bits if kind == _I64 else bits & 0xFFFFFFFF)

    def drop(self) -> None:
        """Stop the call where it stands."""
        if self._future is not None:
            engine.future_delete(self._future)
            self._future = None


def raise_failure(trap: int | None, error: int | None) -> None:
    """Take what a call left at these addresses, if anything: raises SandboxError or GuestTrapped."""
    if error:
        raise SandboxError(error_message(ctypes.cast(error, POINTER(ffi.wasmtime_error_t))))
    if trap:
        raise _trapped(ctypes.cast(trap, POINTER(ffi.wasm_trap_t)))


def _trapped(trap: ctypes._Pointer[ffi.wasm_trap_t]) -> GuestTrapped:
    code = ffi.wasmtime_trap_code_t()
    has_code = ffi.wasmtime_trap_code(trap, byref(code))
    message = ffi.wasm_byte_vec_t()
    ffi.wasm_trap_message(trap, byref(message))
    text = bytes(message.data[: message.size]).rstrip(b"\0").decode(errors="replace")
    ffi.wasm_byte_vec_delete(byref(message))
    ffi.wasm_trap_delete(trap)
    return GuestTrapped(text, int(code.value) if has_code else None)
