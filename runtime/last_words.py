"""What a guest that was interrupted had written to its console by then."""

from __future__ import annotations

import time

from runtime import core
from runtime.door import read_text
from runtime.errors import SandboxError
from runtime.instance import Instance
from runtime.step import GuestTrapped

_TIME = 0.01
"""Seconds of the processor that this may take, after the guest's time is over."""
_YES = 1


def last_words(guest: Instance, most: int) -> bytes:
    """What its library has not handed over yet; empty where that cannot be had, or is more than `most` bytes."""
    until = time.thread_time() + _TIME
    try:
        collect, this = (int.from_bytes(guest.read(slot, 4), "little") for slot in (core.COLLECT, core.THIS))
        said = guest.call(b"qjs_call", collect, this, 0, 0, until=until)
        if guest.call(b"qjs_is_exception", said, until=until) == _YES:
            return b""
        text = read_text(guest, said, until=until)
    except (GuestTrapped, SandboxError):
        return b""
    return text if len(text) <= most else b""
