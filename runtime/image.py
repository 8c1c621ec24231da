"""Builds images: the memory of an instance that has evaluated the guest library and an app's functions."""

from __future__ import annotations

from collections.abc import Generator, Mapping

import wasmtime

from runtime import core, wasm
from runtime.door import FROZEN, SYNC_FUNCTION, Door, new_string
from runtime.errors import BuildFailed
from runtime.evaluation import COMPILE_ONLY, Budget, Script, Workbench, run_to_end
from runtime.instance import Instance
from runtime.limits import BuildLimits, Limits
from runtime.wasm import Segment

GC_THRESHOLD = 32 * 1024 * 1024
"""Bytes of heap at which the engine first looks for garbage cycles: a look touches every page of the image."""
LIBRARY = "vestibule:guest.js"
"""The file name of the guest library in stack traces, by which it is left out of them."""
_BEFORE, _AFTER = "(function (exports, require, context) {\n\n", "\n;return exports;\n})"
_CHECK_BEFORE = "(function () { 0 ? (exports, require, context) => {\n\n"
_CHECK_AFTER = "\n} : 0 })"
"""The same body where only a colon may follow it, which may not follow it above: so no source passes both that closes
the function around itself and goes on with code of its own."""
_FIRST_LINE = -1
"""The author's first line is the third of each form; the engine takes 0 for 1, therefore not the second."""
_DEFINE = core.HANDLES + 20


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
        guest.call(b"qjs_set_interrupt_handler", 1, has_result=False)
        host_name = guest.allocate(SYNC_FUNCTION)
        host_function = guest.call(b"qjs_new_host_function", host_name, len(SYNC_FUNCTION), 0)
        this = guest.call(b"qjs_get_global")
        guest.call(b"qjs_set_prop_string", this, host_name, host_function)
        bench = Workbench(guest, door, Budget())
        run_to_end(bench.evaluate(Script(text=library, file=LIBRARY)))
        hidden = bench.member(this, b"__vestibule")
        for slot, entry in ((core.ENTER, b"enter"), (core.COLLECT, b"collect"), (_DEFINE, b"define")):
            guest.write(slot, bench.member(hidden, entry).to_bytes(4, "little"))
        guest.write(core.THIS, this.to_bytes(4, "little"))
        run_to_end(bench.evaluate(Script(text="delete globalThis.__vestibule", file=LIBRARY)))
        return _snapshot(guest)


def build_image(
    linker: wasmtime.Linker,
    engine_core: wasmtime.Module,
    base: wasmtime.Module,
    door: Door,
    functions: Mapping[str, str],
) -> Generator[None, None, bytes]:
    """The image of an app's functions, made in slices; nothing of the sources runs.

    Raises BuildFailed with file and line where a source is not JavaScript, or is more than the body of one function.
    """
    limits, budget = BuildLimits(), Budget()
    if sum(map(len, functions.values())) > limits.source:
        raise BuildFailed(f"the sources exceed {limits.source} bytes")
    with Instance(linker, engine_core, base, memory=limits.memory) as guest:
        bench = Workbench(guest, door, budget)
        for name in sorted(functions):
            yield from bench.evaluate(_script(name, _CHECK_BEFORE, functions[name], _CHECK_AFTER), COMPILE_ONLY)
    with Instance(linker, engine_core, base, memory=limits.memory) as guest:
        bench = Workbench(guest, door, budget)
        for name in sorted(functions):
            yield from _define(bench, name, _script(name, _BEFORE, functions[name], _AFTER))
        return _snapshot(guest)


def _script(name: str, before: str, source: str, after: str) -> Script:
    return Script(text=before + source + after, file=f"functions/{name}.js", first_line=_FIRST_LINE)


def _define(bench: Workbench, name: str, script: Script) -> Generator[None, None, None]:
    """Compile one function's source, wrapped so that it runs afresh at each call."""
    wrapper = yield from bench.evaluate(script)
    guest = bench.guest
    arguments = guest.allocate(bytes(8))
    handles = new_string(guest, name.encode()).to_bytes(4, "little") + wrapper.to_bytes(4, "little")
    guest.write(arguments, handles)
    define = int.from_bytes(guest.read(_DEFINE, 4), "little")
    this = int.from_bytes(guest.read(core.THIS, 4), "little")
    bench.accepted(guest.call(b"qjs_call", define, this, 2, arguments), script.file)


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
