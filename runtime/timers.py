"""Guests' timers: the one host call that the supervisor answers itself."""

from __future__ import annotations

import asyncio

import orjson

from runtime.messages import HostError

TIMER = "timer"
"""The operation's name."""
LONGEST_TIMER = 300.0
"""Seconds a guest's timer may wait; the run's wall time ends it sooner."""


async def wait(arguments: bytes) -> bytes:
    """Answers the host call when its time has come. Raises HostError where it names none."""
    try:
        milliseconds = float(next(iter(orjson.loads(arguments)["milliseconds"].values())))
    except (ValueError, TypeError, KeyError, AttributeError, StopIteration):
        raise HostError("TypeError", "a timer takes milliseconds") from None
    if milliseconds != milliseconds:  # noqa: PLR0124 - the test for NaN
        milliseconds = 0.0
    await asyncio.sleep(min(max(milliseconds, 0.0) / 1000, LONGEST_TIMER))
    return b"null"
