"""The only set-up of wasmtime: one engine for a process, its limits and its pool of instances."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeAlias

import wasmtime
from wasmtime import _ffi as ffi

from runtime.errors import SandboxError

TICK = 0.005
"""Seconds between two epochs: how long a guest runs before others get their turn."""
NATIVE_STACK = 16 * 1024 * 1024
"""Bytes of native stack a guest may have; only what it touches is real."""
LARGEST_MEMORY = 512 * 1024 * 1024
"""Bytes of address space a pool slot reserves; no run may be allowed more."""

_TABLE_ELEMENTS = 4096
_TABLE = 8 * _TABLE_ELEMENTS
"""Bytes of a slot's table of functions, which a resident slot keeps and clears: that saves two page faults."""
_ASKING = 512
"""Native stacks beyond each guest's own: what a guest asks for at once is read on another stack while its own waits,
and wasmtime keeps the second one until that guest's step has ended. So many guests may be in the middle of a step."""
INSTANCES = 2
"""WebAssembly instances of a guest: the engine, and its memory or what its image changes of the engine's own."""


class Ticker:
    """Advances the engines' epochs while guests run; sleeps while none does.

    While `at_work` is set it does not fall asleep: whatever the engine is doing then comes back every tick.
    """

    def __init__(self, *engines: wasmtime.Engine) -> None:
        self.at_work = False
        self._engines = engines
        self._busy = threading.Event()
        self._idle_after = 0.0
        threading.Thread(target=self._tick, name="epoch", daemon=True).start()

    def wake(self) -> None:
        """Tick for the next second at least."""
        self._idle_after = time.monotonic() + 1.0
        if not self._busy.is_set():
            self._busy.set()

    def _tick(self) -> None:
        while True:
            self._busy.wait()
            time.sleep(TICK)
            for engine in self._engines:
                engine.increment_epoch()
            if time.monotonic() > self._idle_after and not self.at_work:
                self._busy.clear()
                if self.at_work:  # since just now
                    self._busy.set()


def make_engine(*, slots: int, resident: int = 0, compiles_in_threads: bool = False) -> wasmtime.Engine:
    """An engine with room for `slots` guests at once, of whose memories it keeps `resident` bytes between guests.

    Compiled code is the same for all such engines; a confined process may start no thread to compile in.
    """
    config = wasmtime.Config()
    config.epoch_interruption = True
    config.wasm_threads = False
    config.parallel_compilation = compiles_in_threads
    pool = ffi.wasmtime_pooling_allocation_config_new()
    ffi.wasmtime_pooling_allocation_config_total_core_instances_set(pool, INSTANCES * slots)
    ffi.wasmtime_pooling_allocation_config_total_memories_set(pool, slots)
    ffi.wasmtime_pooling_allocation_config_total_tables_set(pool, slots)
    ffi.wasmtime_pooling_allocation_config_total_stacks_set(pool, slots + min(slots, _ASKING))
    ffi.wasmtime_pooling_allocation_config_table_elements_set(pool, _TABLE_ELEMENTS)
    ffi.wasmtime_pooling_allocation_config_max_memory_size_set(pool, LARGEST_MEMORY)
    ffi.wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(pool, resident)
    ffi.wasmtime_pooling_allocation_config_table_keep_resident_set(pool, _TABLE if resident else 0)
    ffi.wasmtime_pooling_allocation_config_async_stack_keep_resident_set(pool, 64 * 1024)
    ffi.wasmtime_pooling_allocation_strategy_set(config.ptr(), pool)
    ffi.wasmtime_pooling_allocation_config_delete(pool)
    ffi.wasmtime_config_async_stack_size_set(config.ptr(), NATIVE_STACK)
    ffi.wasmtime_config_max_wasm_stack_set(config.ptr(), NATIVE_STACK - 1024 * 1024)
    return wasmtime.Engine(config)


def load_module(engine: wasmtime.Engine, path: Path) -> wasmtime.Module:
    """A module that this server compiled before; raises WasmtimeError where engine or machine differ."""
    return wasmtime.Module.deserialize_file(engine, str(path))


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeImage:
    """An image that is a memory of its own, of so many pages of 64 kB at a guest's beginning."""

    memory: wasmtime.Module
    pages: int

    @classmethod
    def of(cls, memory: wasmtime.Module) -> Self:
        """What is exported by this module."""
        return cls(memory=memory, pages=_least_pages(memory.exports))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedImage:
    """The engine in the base's memory, its imports resolved, and what an image changes there; None is the base itself.

    Changes may be of a memory that is larger than the base's, by so many pages.
    """

    engine: wasmtime.InstancePre
    pages: int
    more_pages: int = 0
    changes: wasmtime.Module | None = None

    @classmethod
    def base(cls, linker: wasmtime.Linker, engine: wasmtime.Module) -> Self:
        """The base, from the module that is the engine with its memory."""
        memory = [export for export in engine.exports if export.name == "memory"]
        return cls(engine=linker.instantiate_pre(engine), pages=_least_pages(memory))

    def changed(self, changes: wasmtime.Module) -> ChangedImage:
        """The image that changes this."""
        pages = _least_pages(changes.imports)
        more = max(0, pages - self.pages)
        return ChangedImage(engine=self.engine, pages=self.pages + more, more_pages=more, changes=changes)


MappedImage: TypeAlias = WholeImage | ChangedImage
"""An image as an engine has it."""


def load_image(engine: wasmtime.Engine, path: Path, base: ChangedImage) -> MappedImage:
    """An image that this server compiled before, of either form.

    Raises WasmtimeError as `load_module`, and SandboxError where the module is none, such as the engine itself.
    """
    module = load_module(engine, path)
    return base.changed(module) if module.imports else WholeImage.of(module)


def _least_pages(types: Sequence[wasmtime.ImportType | wasmtime.ExportType]) -> int:
    """Of an image's memory: the first of what it imports, or exports. Raises SandboxError where that is none."""
    memory = types[0].type if types else None
    if not isinstance(memory, wasmtime.MemoryType):
        raise SandboxError("the image holds other things than a memory")
    return memory.limits.min


def error_message(error: ctypes._Pointer[ffi.wasmtime_error_t]) -> str:
    """Takes the error and gives its text."""
    text = ffi.wasm_byte_vec_t()
    ffi.wasmtime_error_message(error, ctypes.byref(text))
    message = bytes(text.data[: text.size]).decode(errors="replace")
    ffi.wasm_byte_vec_delete(ctypes.byref(text))
    ffi.wasmtime_error_delete(error)
    return message
