"""The framed protocol between supervisor and worker: a kind, a run's number, and byte parts."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, unique

_HEAD = struct.Struct("<IBQB")
_LENGTH = struct.Struct("<I")
READ = 64 * 1024
"""Bytes that are read of a connection at once: usual messages fit, and a larger buffer is mapped anew each time."""
LARGEST_FRAME = 256 * 1024 * 1024
"""Bytes of one frame; more is a broken peer."""
MOST_PARTS = 8


@unique
class Kind(IntEnum):
    """What a frame says. The first group goes to the worker, the second comes from it."""

    BUILD = 1
    CALL = 2
    ANSWERS = 3
    CANCEL = 4
    WARM = 5
    COMPILE = 6
    PING = 7
    FORGET = 8

    READY = 16
    BUILT = 17
    STEPPED = 18
    FAILED = 19
    BROKE = 20
    COMPILED = 21
    PONG = 22


_KINDS = {kind.value: kind for kind in Kind}


class FrameError(ValueError):
    """The bytes are not a frame of this protocol."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message; `run` is the number the supervisor gave the run."""

    kind: Kind
    run: int
    parts: tuple[bytes, ...]


def encode(kind: Kind, run: int, *parts: bytes) -> bytes:
    """The frame's bytes: total length, kind, run, number of parts, then each part behind its length."""
    size, pieces = _HEAD.size - 4, [b""]
    for part in parts:
        size += _LENGTH.size + len(part)
        pieces += (_LENGTH.pack(len(part)), part)
    pieces[0] = _HEAD.pack(size, kind, run, len(parts))
    return b"".join(pieces)


class Decoder:
    """Cuts a stream of bytes into frames; raises FrameError at the first byte that cannot be one."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._needed = 0  # bytes of the rest with which it may be more than a part of a frame

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now; most come whole and alone, and are not copied on the way."""
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needed:
                return []
            data = bytes(self._rest)
            self._rest.clear()
        frames, start, whole = [], 0, len(data)
        self._needed = _HEAD.size
        while start + _HEAD.size <= whole:
            size, number, run, count = _HEAD.unpack_from(data, start)
            if size > LARGEST_FRAME or size < _HEAD.size - 4 or count > MOST_PARTS:
                raise FrameError("a frame of impossible size")
            end = start + size + 4
            if end > whole:
                self._needed = size + 4
                break
            frames.append(Frame(_kind(number), run, _parts(data, start + _HEAD.size, end, count)))
            start = end
        if start < whole:
            self._rest += data[start:]
        return frames


def _kind(number: int) -> Kind:
    kind = _KINDS.get(number)
    if kind is None:
        raise FrameError(f"a frame of unknown kind {number}")
    return kind


def _parts(data: bytes, position: int, end: int, count: int) -> tuple[bytes, ...]:
    parts = []
    for _ in range(count):
        start = position + _LENGTH.size
        if start > end:
            raise FrameError("a part's length is cut off")
        position = start + _LENGTH.unpack_from(data, position)[0]
        if position > end:
            raise FrameError("a part is longer than its frame")
        parts.append(data[start:position])
    if position != end:
        raise FrameError("a frame with bytes left over")
    return tuple(parts)
