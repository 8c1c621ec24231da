"""What one operation may spend: a deadline and memory, checked wherever work can grow with the data."""

from __future__ import annotations

import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from server.documents.errors import MAX_TIME_EXPIRED, MEMORY_EXCEEDED, DocumentError

SECONDS: Final = 30.0
"""How long one operation may work, unless said otherwise."""
MEMORY: Final = 100 * 1024 * 1024
"""Bytes that one operation may hold in results, groups and sorts."""


@dataclass(slots=True, kw_only=True)
class Budget:
    """What is left to one operation: `deadline` on the monotonic clock, `memory` in bytes."""

    deadline: float
    memory: int


CURRENT: Final[ContextVar[Budget | None]] = ContextVar("budget", default=None)


class budget:  # noqa: N801 - reads as a function; a class takes a third of the time
    """Bound the work done inside the block; outside of it nothing is bounded."""

    __slots__ = ("_bounds", "_token")

    def __init__(self, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._bounds = Budget(deadline=time.monotonic() + seconds, memory=memory)

    def __enter__(self) -> None:
        self._token = CURRENT.set(self._bounds)

    def __exit__(self, *_: object) -> None:
        CURRENT.reset(self._token)


def check_time() -> None:
    """Raise once the running operation has had its time."""
    current = CURRENT.get()
    if current is not None and time.monotonic() > current.deadline:
        raise DocumentError(MAX_TIME_EXPIRED, "operation exceeded time limit")


def seconds_left() -> float:
    """How long the running operation may still work; `SECONDS` outside of any."""
    current = CURRENT.get()
    return SECONDS if current is None else max(current.deadline - time.monotonic(), 0.001)


def hold(size: int) -> None:
    """Count `size` bytes as held by the running operation; raise when it holds too much."""
    current = CURRENT.get()
    if current is None:
        return
    current.memory -= size
    if current.memory < 0:
        raise DocumentError(MEMORY_EXCEEDED, f"the operation would hold more than {MEMORY} bytes in memory")
