"""Builds images: the memory of an instance that has evaluated the guest library and an app's functions."""

from __future__ import annotations

import time
from collections.abc import Mapping

import wasmtime

from runtime import core, wasm
from runtime.door import FROZEN, SYNC_FUNCTION, Door, new_string, read_text
from runtime.errors import BuildFailed
from runtime.instance import GuestTrapped, Instance
from runtime.limits import BuildLimits, Limits
from runtime.wasm import Segment

GC_THRESHOLD = 32 * 1024 * 1024
"""Bytes of heap at which the engine first looks for garbage cycles: a look touches every page of the image."""
LIBRARY = "vestibule:guest.js"
"""The file name of the guest library in stack traces, by which it is left out of them."""
_PREFIX = "(function (exports, require, context) {"
_SUFFIX = "\n;return exports;\n})"
_THREW = 1


def build_base(
    linker: wasmtime.Linker, engine_core: wasmtime.Module, blank: wasmtime.Module, door: Door, library: str
) -> bytes:
    """The image of a started engine with the guest library and no app. Same library, same bytes."""
    with Instance(linker, engine_core, blank, memory=BuildLimits().memory) as guest:
        door.open_for(guest, FROZEN)
        guest.call(b"_initialize", has_result=False)
        guest.call(b"qjs_init")
        guest.call(b"qjs_set_max_stack_size", Limits().stack, has_result=False)
        guest.call(b"qjs_set_gc_threshold", GC_THRESHOLD, has_result=False)
        host_name = guest.allocate(SYNC_FUNCTION)
        host_function = guest.call(b"qjs_new_host_function", host_name, len(SYNC_FUNCTION), 0)
        this = guest.call(b"qjs_get_global")
        guest.call(b"qjs_set_prop_string", this, host_name, host_function)
        _evaluate(guest, library, LIBRARY)
        hidden = _property(guest, this, b"__vestibule")
        for slot, entry in ((core.ENTER, b"enter"), (core.COLLECT, b"collect"), (_DEFINE, b"define")):
            guest.write(slot, _property(guest, hidden, entry).to_bytes(4, "little"))
        guest.write(core.THIS, this.to_bytes(4, "little"))
        _evaluate(guest, "delete globalThis.__vestibule", LIBRARY)
        return _snapshot(guest)


_DEFINE = core.HANDLES + 20


def build_image(
    linker: wasmtime.Linker,
    engine_core: wasmtime.Module,
    base: wasmtime.Module,
    door: Door,
    functions: Mapping[str, str],
) -> bytes:
    """The image of an app's functions; raises BuildFailed with file and line where a source is not JavaScript."""
    limits = BuildLimits()
    if sum(map(len, functions.values())) > limits.source:
        raise BuildFailed(f"the sources exceed {limits.source} bytes")
    deadline = time.monotonic() + limits.wall_time
    with Instance(linker, engine_core, base, memory=limits.memory) as guest:
        door.open_for(guest, FROZEN)
        for name in sorted(functions):
            _define(guest, name, functions[name], deadline)
        return _snapshot(guest)


def _define(guest: Instance, name: str, source: str, deadline: float) -> None:
    """Compile one function's source, wrapped so that it runs afresh at each call."""
    file = f"functions/{name}.js"
    wrapper = _evaluate(guest, _PREFIX + source + _SUFFIX, file, deadline)
    arguments = guest.allocate(bytes(8))
    handles = new_string(guest, name.encode()).to_bytes(4, "little") + wrapper.to_bytes(4, "little")
    guest.write(arguments, handles)
    define = int.from_bytes(guest.read(_DEFINE, 4), "little")
    this = int.from_bytes(guest.read(core.THIS, 4), "little")
    _refuse_exception(guest, guest.call(b"qjs_call", define, this, 2, arguments), file)


def _evaluate(guest: Instance, source: str, file: str, deadline: float | None = None) -> int:
    try:
        text = guest.allocate(source.encode("utf-8", "surrogatepass"))
        name = guest.allocate(file.encode())
        step = guest.start(b"qjs_eval", text, len(source.encode("utf-8", "surrogatepass")), name, 0)
        while (result := step.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                step.drop()
                raise BuildFailed(f"{file}: evaluation takes too long")
        guest.call(b"wasm_free", text, has_result=False)
    except GuestTrapped as trapped:
        raise BuildFailed(f"{file}: {trapped}") from trapped
    return _refuse_exception(guest, result, file)


def _refuse_exception(guest: Instance, result: int, file: str) -> int:
    if guest.call(b"qjs_is_exception", result) != _THREW:
        return result
    thrown = guest.call(b"qjs_get_exception")
    message = read_text(guest, thrown).decode(errors="replace")
    stack = read_text(guest, _property(guest, thrown, b"stack")).decode(errors="replace").strip()
    place = stack.splitlines()[0].strip().removeprefix("at ") if stack and stack != "undefined" else file
    raise BuildFailed(f"{place}: {message}")


def _property(guest: Instance, handle: int, name: bytes) -> int:
    return guest.call(b"qjs_get_prop_string", handle, guest.allocate(name))


def _snapshot(guest: Instance) -> bytes:
    """The guest's memory as an image: one dense segment from the first used page to the last."""
    guest.call(b"qjs_run_gc", has_result=False)
    memory = guest.read(0, guest.memory_size)
    end = len(memory.rstrip(b"\0"))
    stack_bottom = Segment(core.HANDLES, memory[core.HANDLES : core.HANDLES + 32])
    start = _STACK_SIZE
    return wasm.memory_module(len(memory) // wasm.PAGE, [stack_bottom, Segment(start, memory[start:end])])


_STACK_SIZE = 1024 * 1024
"""Bytes at the memory's beginning that are the engine's stack, empty between calls."""
