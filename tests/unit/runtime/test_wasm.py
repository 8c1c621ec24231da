"""Modules are read and written by their sections, and broken ones are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime import wasm
from runtime.wasm import MAGIC, Reader, Section, Segment, WasmError


@given(st.integers(0, 2**64))
def test_unsigned_numbers(value: int) -> None:
    """An unsigned number is read as it was written."""
    reader = Reader(wasm.unsigned(value))
    assert reader.unsigned() == value
    assert reader.at_end


@given(st.integers(-(2**63), 2**63 - 1))
def test_signed_numbers(value: int) -> None:
    """A signed number is read as it was written."""
    reader = Reader(wasm.signed(value))
    assert reader.signed() == value
    assert reader.at_end


@given(st.text())
def test_names(text: str) -> None:
    """A name is read as it was written."""
    assert Reader(wasm.name(text)).name() == text


@given(st.lists(st.builds(Section, st.integers(0, 255), st.binary(max_size=200)), max_size=8))
def test_sections(sections: list[Section]) -> None:
    """A module's sections are those it was written with."""
    assert wasm.read_sections(wasm.write_module(sections)) == sections


@given(st.binary(max_size=200))
def test_any_bytes_behind_the_magic(data: bytes) -> None:
    """Bytes are sections or raise WasmError."""
    try:
        wasm.read_sections(MAGIC + data)
    except WasmError:
        return


@given(st.binary(max_size=200))
def test_any_bytes_as_data_segments(data: bytes) -> None:
    """Bytes are data segments or raise WasmError."""
    try:
        list(wasm.data_segments(data))
    except WasmError:
        return


@pytest.mark.parametrize(
    "data", [b"", b"\0asm", b"\0asm\2\0\0\0", MAGIC + b"\1", MAGIC + b"\1\5abc", MAGIC + b"\1\x80"]
)
def test_what_is_no_module(data: bytes) -> None:
    """What is no module, or ends too soon, is refused."""
    with pytest.raises(WasmError):
        wasm.read_sections(data)


@given(st.lists(st.builds(Segment, st.integers(0, 2**31 - 1), st.binary(max_size=100)), max_size=5))
def test_a_memory_module_holds_its_segments(segments: list[Segment]) -> None:
    """An image holds exactly the memory it was made of, and no code."""
    sections = {part.id: part.content for part in wasm.read_sections(wasm.memory_module(20, segments))}
    assert set(sections) == {wasm.MEMORY, wasm.EXPORT, wasm.DATA}
    assert list(wasm.data_segments(sections[wasm.DATA])) == segments
