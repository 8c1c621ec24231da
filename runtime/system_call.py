"""The few calls of the C library by which a process gives up rights; Linux only."""

from __future__ import annotations

import ctypes
import os

_LIBRARY = ctypes.CDLL(None, use_errno=True)


def system_call(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """The system call's result. Raises OSError with its errno."""
    result = _LIBRARY.syscall(ctypes.c_long(number), *map(_argument, arguments))
    return _checked(int(result))


def process_control(option: int, *arguments: int) -> int:
    """`prctl`, its missing arguments zero. Raises OSError with its errno."""
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return _checked(int(_LIBRARY.prctl(ctypes.c_int(option), *map(ctypes.c_ulong, padded))))


def _argument(given: int | ctypes.Array[ctypes.c_char] | None) -> ctypes.c_long | ctypes.c_void_p:
    if isinstance(given, int):
        return ctypes.c_long(given)
    return ctypes.cast(given, ctypes.c_void_p) if given is not None else ctypes.c_void_p(None)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
