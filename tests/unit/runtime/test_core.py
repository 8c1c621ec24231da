"""The engine core is the npm package's engine without its data, its memory and most of its exports."""

from __future__ import annotations

from importlib.resources import files

import pytest

from runtime import wasm
from runtime.core import KEPT_EXPORTS, STACK_END, derive_core, joined
from runtime.wasm import Section, Segment, WasmError


@pytest.fixture(scope="module")
def engine() -> bytes:
    """The engine as npm delivers it."""
    return (files("runtime") / "build" / "quickjs.wasm").read_bytes()


def sections_of(module: bytes) -> dict[int, bytes]:
    """The sections by their id."""
    return {part.id: part.content for part in wasm.read_sections(module) if part.id}


def without(engine: bytes, number: int, replaced: bytes) -> bytes:
    """The engine with one section's content replaced."""
    sections = wasm.read_sections(engine)
    return wasm.write_module(Section(number, replaced) if part.id == number else part for part in sections)


def test_the_core_has_code_and_no_data(engine: bytes) -> None:
    """Data and memory leave the core; the blank image holds them."""
    core = derive_core(engine)
    assert not sections_of(core.module).keys() & {wasm.MEMORY, wasm.DATA, wasm.DATA_COUNT}
    assert sections_of(core.blank).keys() == {wasm.MEMORY, wasm.EXPORT, wasm.DATA}
    assert b"image\x06memory" in sections_of(core.module)[wasm.IMPORT]


def test_the_blank_image_holds_the_engine_s_data(engine: bytes) -> None:
    """Not a byte of the engine's data is lost."""
    before = wasm.data_segments(sections_of(engine)[wasm.DATA])
    assert list(wasm.data_segments(sections_of(derive_core(engine).blank)[wasm.DATA])) == list(before)


def test_only_what_is_used_is_exported(engine: bytes) -> None:
    """The core exports what running needs and `enter`, nothing else."""
    exports = sections_of(derive_core(engine).module)[wasm.EXPORT]
    reader = wasm.Reader(exports)
    names = set()
    for _ in range(reader.unsigned()):
        names.add(reader.name())
        reader.take(1)
        reader.unsigned()
    assert names == KEPT_EXPORTS | {"enter"}


def test_deriving_is_deterministic(engine: bytes) -> None:
    """The same engine gives the same core."""
    assert derive_core(engine) == derive_core(engine)


def test_another_engine_is_refused_by_name(engine: bytes) -> None:
    """An engine without what is called, or of another form, is refused with what it lacks."""
    with pytest.raises(WasmError, match=r"does not export .*qjs_call"):
        derive_core(without(engine, wasm.EXPORT, b"\0"))
    with pytest.raises(WasmError, match="unbounded memory"):
        derive_core(without(engine, wasm.MEMORY, wasm.vector([b"\1\2\3"])))
    with pytest.raises(WasmError, match="a stack of 1 MB"):
        derive_core(without(engine, wasm.GLOBAL, b"\1\x7f\1\x41\0\x0b"))
    with pytest.raises(WasmError, match="not active"):
        derive_core(without(engine, wasm.DATA, b"\1\1\0"))
    with pytest.raises(WasmError, match="not a WebAssembly module"):
        derive_core(b"")


def test_the_engine_takes_the_base_s_memory_as_its_own(engine: bytes) -> None:
    """Joined, it imports no memory, and holds and exports the base's; its code stays as it was."""
    core = derive_core(engine)
    base = wasm.memory_module(40, [Segment(STACK_END, b"of the base")])
    own, apart = sections_of(joined(core, base)), sections_of(core.module)
    assert b"memory" not in own[wasm.IMPORT]
    assert wasm.Reader(own[wasm.IMPORT]).unsigned() == wasm.Reader(apart[wasm.IMPORT]).unsigned() - 1
    assert own[wasm.EXPORT].endswith(wasm.MEMORY_EXPORT)
    assert (own[wasm.MEMORY], own[wasm.DATA]) == (sections_of(base)[wasm.MEMORY], sections_of(base)[wasm.DATA])
    assert own[wasm.CODE] == apart[wasm.CODE]
