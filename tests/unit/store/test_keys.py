"""Signing keys: all processes on a file end up with the same first key."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from server.records import SigningKeyRow
from server.store import open_store


async def test_first_key_wins(path: Path) -> None:
    """Of keys made at the same time by several processes one is kept, whole, and all see that one."""
    keys = [
        SigningKeyRow(id=str(n), private_key=bytes([n]), created_at=datetime(2026, 1, 1, tzinfo=UTC)) for n in range(6)
    ]
    async with open_store(path) as one, open_store(path) as other:
        assert await one.signing_keys() == []

        won = await asyncio.gather(*([one, other][n % 2].add_signing_key(key) for n, key in enumerate(keys)))

        assert won.count(True) == 1
        assert await one.signing_keys() == await other.signing_keys() == [keys[won.index(True)]]
