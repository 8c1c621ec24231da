"""Builds images: the memory of an instance that has evaluated the guest library and an app's functions."""

from __future__ import annotations

from collections.abc import Generator

import orjson
import wasmtime

from runtime import core
from runtime.door import SYNC_FUNCTION, Door, new_string
from runtime.errors import BuildFailed
from runtime.evaluation import COMPILE_ONLY, Budget, Script, Workbench, run_to_end
from runtime.image_form import written
from runtime.instance import Instance
from runtime.limits import BuildLimits, Limits
from runtime.machine import ChangedImage, WholeImage
from runtime.messages import ImageSource, ModuleSource

GC_THRESHOLD = 32 * 1024 * 1024
"""Bytes of heap at which the engine first looks for garbage cycles: a look touches every page of the image."""
LIBRARY = "vestibule:guest.js"
"""The file name of the guest library in stack traces, by which it is left out of them."""
_FUNCTION = "exports, require, context, __import"
_MODULE = "exports, require, module, __filename, __dirname, __import, __meta"
_BEFORE, _AFTER = "(function ({}) {{\n\n", "\n;return exports;\n})"
_CHECK_BEFORE = "(function () {{ 0 ? ({}) => {{\n\n"
_CHECK_AFTER = "\n} : 0 })"
"""The same body where only a colon may follow it, which may not follow it above: so no source passes both that closes
the function around itself and goes on with code of its own."""
_FIRST_LINE = -1
"""The author's first line is the third of each form; the engine takes 0 for 1, therefore not the second."""
_DEFINE, _ADD_MODULE, _PREPARE, _FINISH = (core.HANDLES + 4 * n for n in range(5, 9))
_ENTRIES = {
    core.ENTER: b"enter",
    core.COLLECT: b"collect",
    _DEFINE: b"define",
    _ADD_MODULE: b"addModule",
    _PREPARE: b"prepare",
    _FINISH: b"finish",
}
"""Where the handles of the guest library's functions are kept."""


def build_base(
    linker: wasmtime.Linker, engine_core: wasmtime.Module, blank: wasmtime.Module, door: Door, library: str
) -> bytes:
    """The image of a started engine with the guest library and no app. Same library, same bytes."""
    with Instance(linker, engine_core, WholeImage.of(blank), memory=BuildLimits().memory) as guest:
        compiled = _start(guest, door).compiled(Script(text=library, file=LIBRARY))
    with Instance(linker, engine_core, WholeImage.of(blank), memory=BuildLimits().memory) as guest:
        bench = _start(guest, door)
        guest.call(b"qjs_set_gc_threshold", GC_THRESHOLD, has_result=False)
        guest.call(b"qjs_set_interrupt_handler", 1, has_result=False)
        host_name = guest.allocate(SYNC_FUNCTION)
        host_function = guest.call(b"qjs_new_host_function", host_name, len(SYNC_FUNCTION), 0)
        this = guest.call(b"qjs_get_global")
        guest.call(b"qjs_set_prop_string", this, host_name, host_function)
        bench.load(compiled, LIBRARY)
        hidden = bench.member(this, b"__vestibule")
        for slot, entry in _ENTRIES.items():
            guest.write(slot, bench.member(hidden, entry).to_bytes(4, "little"))
        guest.write(core.THIS, this.to_bytes(4, "little"))
        run_to_end(bench.evaluate(Script(text="delete globalThis.__vestibule", file=LIBRARY)))
        return _snapshot(guest, None)


def _start(guest: Instance, door: Door) -> Workbench:
    """Start the engine in a blank instance."""
    bench = Workbench(guest, door, Budget())
    guest.call(b"_initialize", has_result=False)
    guest.call(b"qjs_init")
    guest.call(b"qjs_set_max_stack_size", Limits().stack, has_result=False)
    return bench


def build_image(
    linker: wasmtime.Linker,
    engine_core: wasmtime.Module,
    base: ChangedImage,
    door: Door,
    source: ImageSource,
) -> Generator[None, None, tuple[bytes, str]]:
    """The image of an app's functions and what is to be said of it, made in slices.

    Modules that the functions require run, the functions' own code does not. Raises BuildFailed with file and line
    where a source is not JavaScript, or is more than the body of one function.
    """
    limits, budget = BuildLimits(), Budget()
    texts = [*source.functions.values(), *(module.text for module in source.modules.values())]
    if sum(map(len, texts)) > limits.source:
        raise BuildFailed(f"the sources exceed {limits.source} bytes")
    with Instance(linker, engine_core, base, memory=limits.memory) as guest:
        bench = Workbench(guest, door, budget)
        for name in sorted(source.functions):
            yield from bench.evaluate(_script(source, name, _CHECK_BEFORE, _CHECK_AFTER), COMPILE_ONLY)
    with Instance(linker, engine_core, base, memory=limits.memory) as guest:
        fresh = guest.read(0, guest.memory_size)
        bench = Workbench(guest, door, budget)
        for id, module in sorted(source.modules.items()):
            yield from _add_module(bench, id, module)
        for name in sorted(source.functions):
            yield from _define(bench, name, source)
        for id in dict.fromkeys(id for _, links in sorted(source.links.items()) for id in links.values()):
            yield from bench.enter(_PREPARE, id, new_string(guest, id.encode()))
        notes = yield from bench.enter(_FINISH, "the app")
        return _snapshot(guest, fresh), notes


def _script(source: ImageSource, name: str, before: str, after: str) -> Script:
    text = before.format(_FUNCTION) + source.functions[name] + after
    return Script(text=text, file=source.file(name), first_line=_FIRST_LINE)


def _define(bench: Workbench, name: str, source: ImageSource) -> Generator[None, None, None]:
    """Compile one function's source, wrapped so that it runs afresh at each call."""
    script = _script(source, name, _BEFORE, _AFTER)
    wrapper = yield from bench.evaluate(script)
    names = new_string(bench.guest, name.encode()), _json(bench, source.links.get(name, {}))
    yield from bench.enter(_DEFINE, script.file, *names, wrapper)


def _add_module(bench: Workbench, id: str, module: ModuleSource) -> Generator[None, None, None]:
    """Compile a module; whether it is evaluated into the image is the guest library's decision."""
    text = module.text.replace("#!", "//", 1) if module.text.startswith("#!") else module.text
    script = Script(text=_BEFORE.format(_MODULE) + text + _AFTER, file=id, first_line=_FIRST_LINE)
    wrapper = yield from bench.evaluate(script)
    names = new_string(bench.guest, id.encode()), _json(bench, {"esm": module.is_esm, "to": module.links})
    yield from bench.enter(_ADD_MODULE, id, *names, wrapper)


def _json(bench: Workbench, value: object) -> int:
    return new_string(bench.guest, orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def _snapshot(guest: Instance, base: bytes | None) -> bytes:
    """The guest's memory as an image; `base` is what it began with, where others begin with the same."""
    guest.call(b"qjs_run_gc", has_result=False)
    guest.call(b"qjs_set_gc_threshold", guest.memory_size + GC_THRESHOLD, has_result=False)
    return written(guest.read(0, guest.memory_size), base)
