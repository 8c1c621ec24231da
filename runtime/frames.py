"""The framed protocol between supervisor and worker: a kind, a run's number, and byte parts."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum, unique

_HEAD = struct.Struct("<IBQB")
_LENGTH = struct.Struct("<I")
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
    size = _HEAD.size - 4 + sum(len(part) + _LENGTH.size for part in parts)
    pieces = [_HEAD.pack(size, kind, run, len(parts))]
    for part in parts:
        pieces.append(_LENGTH.pack(len(part)))
        pieces.append(part)
    return b"".join(pieces)


class Decoder:
    """Cuts a stream of bytes into frames; raises FrameError at the first byte that cannot be one."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are whole now."""
        self._buffer += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        if len(self._buffer) < _HEAD.size:
            return None
        size, kind, run, count = _HEAD.unpack_from(self._buffer)
        if size > LARGEST_FRAME or size < _HEAD.size - 4 or count > MOST_PARTS:
            raise FrameError("a frame of impossible size")
        end = size + 4
        if len(self._buffer) < end:
            return None
        body = bytes(self._buffer[_HEAD.size : end])
        del self._buffer[:end]
        return Frame(_kind(kind), run, _parts(body, count))


def _kind(number: int) -> Kind:
    try:
        return Kind(number)
    except ValueError:
        raise FrameError(f"a frame of unknown kind {number}") from None


def _parts(body: bytes, count: int) -> tuple[bytes, ...]:
    parts, position = [], 0
    for _ in range(count):
        start = position + _LENGTH.size
        if start > len(body):
            raise FrameError("a part's length is cut off")
        position = start + _LENGTH.unpack_from(body, position)[0]
        if position > len(body):
            raise FrameError("a part is longer than its frame")
        parts.append(body[start:position])
    if position != len(body):
        raise FrameError("a frame with bytes left over")
    return tuple(parts)
