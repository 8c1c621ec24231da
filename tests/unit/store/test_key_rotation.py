"""Stored keys: one process of many makes the next one, and the last one cannot be removed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from server.auth.keys import SigningKeys, new_signing_key
from server.login.key_ring import KeyRing
from server.store import Store

if TYPE_CHECKING:
    from tests.unit.store.conftest import People

MONTH = timedelta(days=30)


async def test_one_of_many_makes_the_next_key(store: Store, people: People) -> None:
    """Processes that find the newest key too old at once add one between them."""
    await store.add_signing_key(new_signing_key(now=people.now))
    keys = SigningKeys.from_rows(await store.signing_keys())
    rings = [KeyRing(store, keys, MONTH) for _ in range(8)]

    await asyncio.gather(*(ring.renew(people.now + MONTH) for ring in rings))
    await rings[0].renew(people.now + MONTH + timedelta(days=1))

    assert len(await store.signing_keys()) == 2
    assert len(keys.public_jwks()["keys"]) == 2


async def test_key_stays_where_the_operator_rotates(store: Store, people: People) -> None:
    """Without a life no key is ever made."""
    await store.add_signing_key(new_signing_key(now=people.now))
    keys = SigningKeys.from_rows(await store.signing_keys())

    await KeyRing(store, keys, None).renew(people.now + 100 * MONTH)

    assert len(await store.signing_keys()) == 1


async def test_last_key_cannot_be_removed(store: Store, people: People) -> None:
    """There is always a key to sign with."""
    first, second = new_signing_key(now=people.now), new_signing_key(now=people.now + MONTH)
    await store.add_signing_key(first)
    await store.rotate_signing_key(second, unless_after=people.now)

    assert await store.delete_signing_key(first.id)
    assert not await store.delete_signing_key(first.id)
    assert not await store.delete_signing_key(second.id)
