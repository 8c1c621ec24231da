"""What a running guest was given through the door, event after event: recorded, or given again."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from runtime.errors import SandboxError

_LENGTH = struct.Struct("<I")


class Diverged(SandboxError):
    """A guest that is run again does other things than were recorded."""


class Tape:
    """Keeps what is drawn, until it is taken; with `played`, gives that instead and draws nothing."""

    def __init__(self, played: bytes | None = None) -> None:
        self._played = None if played is None else deque(unpack(played))
        self._kept: list[bytes] = []

    def draw(self, source: Callable[[], bytes]) -> bytes:
        """The next event. Raises Diverged where all that was recorded has been given."""
        if self._played is None:
            event = source()
        elif self._played:
            event = self._played.popleft()
        else:
            raise Diverged("the guest asks for more than it did when it was recorded")
        self._kept.append(event)
        return event

    def take(self) -> bytes:
        """The events since the last time."""
        kept, self._kept = self._kept, []
        return pack(kept)


def pack(events: Iterable[bytes]) -> bytes:
    """Each event behind its length."""
    return b"".join(_LENGTH.pack(len(event)) + event for event in events)


def unpack(data: bytes) -> Iterator[bytes]:
    """What `pack` wrote. Raises ValueError where it is cut off."""
    position = 0
    while position < len(data):
        start = position + _LENGTH.size
        if start > len(data):
            raise ValueError("the tape is cut off")
        position = start + _LENGTH.unpack_from(data, position)[0]
        if position > len(data):
            raise ValueError("the tape is cut off")
        yield data[start:position]
