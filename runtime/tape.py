"""What a running guest was given through the door, event after event: recorded, or given again."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from runtime.errors import SandboxError

_LENGTH = struct.Struct("<I")
CLOCK = b"clock"
"""The tag of clock readings; other tags say how much was asked for, or what."""


class Diverged(SandboxError):
    """A guest that is run again does other things than were recorded."""


class Tape:
    """Keeps what is drawn, until it is taken; with `played`, gives that instead and draws nothing.

    A `lenient` tape is for a guest that need not do what was recorded: it gives the next event of the same question,
    wherever it stands; what was never asked is drawn, and a clock that has run out stands still.
    """

    def __init__(self, played: bytes | None = None, *, lenient: bool = False) -> None:
        self._played = None if played is None else deque(pairs(played))
        self._lenient = lenient
        self._of_tag: dict[bytes, deque[bytes]] = {}
        self._last_clock: bytes | None = None
        self._kept: list[bytes] = []
        if lenient and self._played is not None:
            for tag, event in self._played:
                self._of_tag.setdefault(tag, deque()).append(event)

    def draw(self, tag: bytes, source: Callable[[], bytes]) -> bytes:
        """The next event of a question. Raises Diverged where something else was asked, or all has been given."""
        if self._played is None:
            event = source()
        elif self._lenient:
            event = self._found(tag, source)
        else:
            event = self._next(tag)
        self._kept += (tag, event)
        return event

    def take(self) -> bytes:
        """The events since the last time, each behind its tag."""
        kept, self._kept = self._kept, []
        return pack(kept)

    def _next(self, tag: bytes) -> bytes:
        if not self._played:
            raise Diverged("the guest asks for more than it did when it was recorded")
        recorded, event = self._played.popleft()
        if recorded != tag:
            raise Diverged("the guest asks for something else than it did when it was recorded")
        return event

    def _found(self, tag: bytes, source: Callable[[], bytes]) -> bytes:
        waiting = self._of_tag.get(tag)
        if waiting:
            event = waiting.popleft()
            self._last_clock = event if tag == CLOCK else self._last_clock
            return event
        return self._last_clock if tag == CLOCK and self._last_clock is not None else source()


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


def pairs(data: bytes) -> list[tuple[bytes, bytes]]:
    """The tags and events of a tape. Raises ValueError where it is cut off."""
    parts = list(unpack(data))
    return list(zip(parts[::2], parts[1::2], strict=True))
