"""Reads the exception that a guest's library could not catch; whatever it says is hostile."""

from __future__ import annotations

import time
from dataclasses import dataclass

from runtime.door import read_text
from runtime.errors import SandboxError
from runtime.instance import Instance
from runtime.step import GuestTrapped

_TIME = 0.01
"""Seconds of the processor that reading may take: a member may be a getter that never returns."""
_YES = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Thrown:
    """An error's message and stack as the engine knows them; "" where they are no texts."""

    message: str
    stack: str


def read_thrown(guest: Instance) -> Thrown | None:
    """The guest's pending exception; None where there is none that can be read."""
    until = time.thread_time() + _TIME
    try:
        thrown = guest.call(b"qjs_get_exception", until=until)
        if guest.call(b"qjs_is_error", thrown, until=until) != _YES:
            return None
        return Thrown(message=_text(guest, thrown, b"message", until), stack=_text(guest, thrown, b"stack", until))
    except (GuestTrapped, SandboxError):
        return None


def _text(guest: Instance, handle: int, member: bytes, until: float) -> str:
    value = guest.call(b"qjs_get_prop_string", handle, guest.allocate(member), until=until)
    if guest.call(b"qjs_is_string", value, until=until) != _YES:
        return ""
    return read_text(guest, value, until=until).decode(errors="replace")
