"""How many pages of its image a guest has written: what a call touches is what it costs."""

from __future__ import annotations

from runtime.instance import Instance

PAGE = 4096
"""Bytes of a page of the machine."""


def pages_written(guest: Instance, fresh: Instance) -> int:
    """Pages of the guest's memory that differ from those of a fresh instance, and new ones that are not zero."""
    after, before = guest.read(0, guest.memory_size), fresh.read(0, fresh.memory_size)
    before += bytes(len(after) - len(before))
    return sum(after[start : start + PAGE] != before[start : start + PAGE] for start in range(0, len(after), PAGE))
