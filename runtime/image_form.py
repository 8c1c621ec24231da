"""The two forms of an image: a whole memory, or what it changes of the memory of the guest library alone."""

from __future__ import annotations

from collections.abc import Iterator

from runtime import core, wasm
from runtime.wasm import Section, Segment, WasmError

LARGEST_CHANGED = 4 * 1024 * 1024
"""Bytes of memory up to which an image is written as changes: copying them costs a call less than the page faults that
it saves. All such images share the base's memory, so a slot need not be filled anew for another app."""
_LINE = 64
"""Bytes that are compared at once."""
_PAGE = 4096
_GAP = 128
"""Bytes alike between two changes that are cheaper copied than skipped."""
_EXPORT = wasm.vector([wasm.MEMORY_EXPORT])
_IMPORTED = wasm.name("image") + wasm.name("memory") + bytes([wasm.KIND_MEMORY, 0])


def written(memory: bytes, base: bytes | None) -> bytes:
    """An image as a module: its memory from the handle table to the last byte used, or its changes of the base's."""
    pages = len(memory) // wasm.PAGE
    if base is not None and len(memory) <= LARGEST_CHANGED:
        return _changes_module(pages, changes(base, memory))
    return wasm.memory_module(pages, [Segment(core.HANDLES, memory[core.HANDLES : len(memory.rstrip(b"\0"))])])


def changes(before: bytes, after: bytes) -> Iterator[Segment]:
    """Where `after` differs from `before`, which is no longer; what is below the handles is nobody's."""
    start = end = -1
    for line in _changed_lines(before.ljust(len(after), b"\0"), after):
        if start >= 0 and line - end > _GAP:
            yield Segment(start, after[start:end])
            start = -1
        if start < 0:
            start = line
        end = line + _LINE
    if start >= 0:
        yield Segment(start, after[start:end])


def _changed_lines(before: bytes, after: bytes) -> Iterator[int]:
    for page in range(core.HANDLES - core.HANDLES % _PAGE, len(after), _PAGE):
        if after[page : page + _PAGE] == before[page : page + _PAGE]:
            continue
        for line in range(max(page, core.HANDLES), page + _PAGE, _LINE):
            if after[line : line + _LINE] != before[line : line + _LINE]:
                yield line


def _changes_module(pages: int, segments: Iterator[Segment]) -> bytes:
    imported = wasm.vector([_IMPORTED + wasm.unsigned(pages)])
    return wasm.write_module([Section(wasm.IMPORT, imported), Section(wasm.DATA, wasm.active_segments(segments))])


def check_image(module: bytes) -> None:
    """Raises WasmError unless it is a memory with data, or data for one, and nothing that could run."""
    sections = wasm.read_sections(module)
    match [part.id for part in sections]:
        case [wasm.MEMORY, wasm.EXPORT, wasm.DATA]:
            if sections[1].content != _EXPORT:
                raise WasmError("the image exports other things than its memory")
        case [wasm.IMPORT, wasm.DATA]:
            _check_import(sections[0].content)
            if wasm.Reader(sections[1].content).unsigned() > LARGEST_CHANGED // (_LINE + _GAP):
                raise WasmError("the image changes more places than it can have")
        case _:
            raise WasmError("the image holds other things than a memory")


def _check_import(section: bytes) -> None:
    reader = wasm.Reader(section)
    if reader.unsigned() != 1 or reader.take(len(_IMPORTED)) != _IMPORTED:
        raise WasmError("the image imports other things than a memory")
    if reader.unsigned() * wasm.PAGE > LARGEST_CHANGED or not reader.at_end:
        raise WasmError("the image changes more than it may")
