"""wasmtime's functions of C that every call passes through, without the binding's layer of Python around each.

Addresses are plain numbers here, so that ctypes has nothing to convert; the binding keeps what is not on that way.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import c_bool, c_char_p, c_int64, c_size_t, c_uint64, c_void_p
from typing import Any

from wasmtime import _ffi as ffi


def _function(name: str, result: Any, *arguments: Any) -> Callable[..., Any]:
    return ctypes.CFUNCTYPE(result, *arguments)((f"wasmtime_{name}", ffi.dll))


store_new = _function("store_new", c_void_p, c_void_p, c_void_p, c_void_p)
store_context = _function("store_context", c_void_p, c_void_p)
store_limiter = _function("store_limiter", None, c_void_p, c_int64, c_int64, c_int64, c_int64, c_int64)
store_delete = _function("store_delete", None, c_void_p)
set_epoch_deadline = _function("context_set_epoch_deadline", None, c_void_p, c_uint64)
yield_at_epochs = _function("context_epoch_deadline_async_yield_and_update", None, c_void_p, c_uint64)

instantiate_linked = _function("instance_pre_instantiate", c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)
instantiate = _function(
    "instance_new", c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_void_p
)  # fmt: skip
linker_define = _function(
    "linker_define", c_void_p, c_void_p, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_void_p
)  # fmt: skip
linker_instantiate = _function("linker_instantiate", c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)
export_get = _function("instance_export_get", c_bool, c_void_p, c_void_p, c_char_p, c_size_t, c_void_p)

memory_data = _function("memory_data", c_void_p, c_void_p, c_void_p)
memory_data_size = _function("memory_data_size", c_size_t, c_void_p, c_void_p)
memory_grow = _function("memory_grow", c_void_p, c_void_p, c_void_p, c_uint64, c_void_p)

call_async = _function(
    "func_call_async", c_void_p, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_void_p
)
future_poll = _function("call_future_poll", c_bool, c_void_p)
future_delete = _function("call_future_delete", None, c_void_p)
