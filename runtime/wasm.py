"""Reading and writing the sections of a WebAssembly module (core specification, chapter 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAGIC = b"\0asm\x01\0\0\0"
PAGE = 65536

TYPE, IMPORT, FUNCTION, MEMORY, GLOBAL, EXPORT, CODE, DATA, DATA_COUNT = 1, 2, 3, 5, 6, 7, 10, 11, 12
I32 = 0x7F
KIND_FUNCTION, KIND_MEMORY = 0, 2


class WasmError(ValueError):
    """The bytes are not a module of the form expected here."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its id and its content without the size."""

    id: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """An active data segment: where in the linear memory, and what."""

    offset: int
    data: bytes


class Reader:
    """A cursor over bytes; every read is checked against the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = 0

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        end = self.position + length
        if length < 0 or end > len(self.data):
            raise WasmError("the module ends in the middle of a section")
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def unsigned(self) -> int:
        """An unsigned LEB128 number."""
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def signed(self) -> int:
        """A signed LEB128 number."""
        start = self.position
        value = self.unsigned()
        bits = 7 * (self.position - start)
        return value - (1 << bits) if value >> (bits - 1) else value

    def name(self) -> str:
        """A length-prefixed UTF-8 name."""
        return self.take(self.unsigned()).decode()

    @property
    def at_end(self) -> bool:
        """Whether everything was read."""
        return self.position == len(self.data)


def unsigned(value: int) -> bytes:
    """`value` in unsigned LEB128."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> bytes:
    """`value` in signed LEB128."""
    out = bytearray()
    while not -64 <= value < 64:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def name(text: str) -> bytes:
    """`text` as a length-prefixed name."""
    encoded = text.encode()
    return unsigned(len(encoded)) + encoded


def vector(items: Iterable[bytes]) -> bytes:
    """The items behind their number."""
    listed = list(items)
    return unsigned(len(listed)) + b"".join(listed)


def read_sections(module: bytes) -> list[Section]:
    """The module's sections in order; raises WasmError where it is not a module."""
    if not module.startswith(MAGIC):
        raise WasmError("not a WebAssembly module")
    reader = Reader(module)
    reader.take(len(MAGIC))
    sections = []
    while not reader.at_end:
        number = reader.take(1)[0]
        sections.append(Section(number, reader.take(reader.unsigned())))
    return sections


def write_module(sections: Iterable[Section]) -> bytes:
    """A module of these sections, which must stand in the order the specification wants."""
    return MAGIC + b"".join(bytes([part.id]) + unsigned(len(part.content)) + part.content for part in sections)


def data_segments(section: bytes) -> Iterator[Segment]:
    """The segments of a data section; each must be active with a constant offset."""
    reader = Reader(section)
    for _ in range(reader.unsigned()):
        if reader.unsigned() != 0 or reader.take(1) != b"\x41":
            raise WasmError("a data segment is not active at a constant offset")
        offset = reader.signed()
        if reader.take(1) != b"\x0b":
            raise WasmError("a data segment's offset is not one constant")
        yield Segment(offset, reader.take(reader.unsigned()))


def active_segments(segments: Iterable[Segment]) -> bytes:
    """A data section that lays the segments down in the first memory."""
    return vector(
        b"\x00\x41" + signed(part.offset) + b"\x0b" + unsigned(len(part.data)) + part.data for part in segments
    )


MEMORY_EXPORT = name("memory") + bytes([KIND_MEMORY]) + unsigned(0)
"""What exports a module's only memory under the name that every image has it by."""


def memory_module(pages: int, segments: Iterable[Segment]) -> bytes:
    """A module that exports `memory` of `pages` 64 kB pages holding the segments, and nothing else."""
    return write_module(
        [
            Section(MEMORY, vector([b"\x00" + unsigned(pages)])),
            Section(EXPORT, vector([MEMORY_EXPORT])),
            Section(DATA, active_segments(segments)),
        ]
    )
