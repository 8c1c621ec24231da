"""Locks by key: simultaneous attempts on one thing take turns within a process."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

Key: TypeAlias = tuple[str, ...]


class KeyedLocks:
    """As many locks as there are keys in use."""

    def __init__(self) -> None:
        self._locks: dict[Key, asyncio.Lock] = {}
        self._holders: Counter[Key] = Counter()

    @asynccontextmanager
    async def hold(self, *key: str) -> AsyncIterator[None]:
        """Hold the key's lock."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        self._holders[key] += 1
        try:
            async with lock:
                yield
        finally:
            self._holders[key] -= 1
            if not self._holders[key]:
                del self._holders[key], self._locks[key]
