"""Images are written as changes of the base or whole, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import core, wasm
from runtime.image_form import LARGEST_CHANGED, changes, check_image, written
from runtime.wasm import Section, WasmError

BASE = bytes(range(1, 256)) * 4200
PATCHES = st.lists(
    st.tuples(st.integers(core.HANDLES, len(BASE) + 5000), st.binary(min_size=1, max_size=300)), max_size=12
)


def patched(patches: list[tuple[int, bytes]], size: int = len(BASE) + 6000) -> bytes:
    """The base in a larger memory, with these bytes laid over it."""
    memory = bytearray(BASE.ljust(size, b"\0"))
    for address, data in patches:
        memory[address : address + len(data)] = data
    return bytes(memory[:size])


@given(PATCHES)
def test_changes_make_the_memory_again(patches: list[tuple[int, bytes]]) -> None:
    """The base with all changes laid over it is the memory; they are in order and apart."""
    after = patched(patches)
    found = list(changes(BASE, after))
    assert patched([(part.offset, part.data) for part in found]) == after
    ends = [part.offset + len(part.data) for part in found]
    assert all(end < following.offset for end, following in zip(ends, found[1:], strict=False))


def test_what_is_below_the_handles_is_not_kept() -> None:
    """There is the stack, of which no guest begins with anything."""
    assert list(changes(BASE, b"stack" + BASE[5:])) == []


def test_large_memories_are_written_whole() -> None:
    """And so is one that has no base."""
    large = BASE.ljust(LARGEST_CHANGED + wasm.PAGE, b"\1")
    for memory, base in ((large, BASE), (BASE, None)):
        assert [part.id for part in wasm.read_sections(written(memory, base))] == [wasm.MEMORY, wasm.EXPORT, wasm.DATA]
    assert [part.id for part in wasm.read_sections(written(BASE, BASE))] == [wasm.IMPORT, wasm.DATA]


@given(PATCHES)
def test_what_is_written_is_an_image(patches: list[tuple[int, bytes]]) -> None:
    """Both forms pass the check."""
    check_image(written(patched(patches), BASE))
    check_image(written(patched(patches), None))


def changes_module(imports: bytes, data: bytes = b"\0") -> bytes:
    """A module of an import section and a data section."""
    return wasm.write_module([Section(wasm.IMPORT, imports), Section(wasm.DATA, data)])


MEMORY = wasm.name("image") + wasm.name("memory") + b"\x02\x00"


@pytest.mark.parametrize(
    "module",
    [
        changes_module(b"\0"),
        changes_module(b"\2" + 2 * (MEMORY + b"\1")),
        changes_module(b"\1" + wasm.name("image") + wasm.name("enter") + b"\x00\x00"),
        changes_module(b"\1" + MEMORY + wasm.unsigned(LARGEST_CHANGED // wasm.PAGE + 1)),
        changes_module(b"\1" + MEMORY + b"\1", wasm.unsigned(1_000_000)),
        wasm.write_module([Section(wasm.IMPORT, b"\1" + MEMORY + b"\1"), Section(wasm.CODE, b"\0")]),
    ],
    ids=["nothing imported", "two memories", "a function", "too much memory", "too many places", "code"],
)
def test_other_modules_are_refused(module: bytes) -> None:
    """What could run, reach elsewhere, or keep a worker busy at every call is no image."""
    with pytest.raises(WasmError, match=r"image|module"):
        check_image(module)
