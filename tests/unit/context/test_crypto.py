"""Key derivations for waiting guests: right keys, and refusals before any work."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from typing import cast

import pytest
from bson.binary import Binary

from server.context.crypto import KeyDerivations
from server.ejson import Document
from server.errors import AppError, ErrorCode

SCRYPT: Document = {"password": Binary(b"pw"), "salt": Binary(b"salt"), "keyLength": 32, "N": 1024, "r": 8, "p": 1}
PBKDF2: Document = {
    "password": Binary(b"pw"),
    "salt": Binary(b"salt"),
    "keyLength": 32,
    "iterations": 10,
    "digest": "sha256",
}


@pytest.fixture
async def derivations() -> AsyncIterator[KeyDerivations]:
    """Two threads, closed at the end."""
    async with KeyDerivations(threads=2) as opened:
        yield opened


async def test_scrypt(derivations: KeyDerivations) -> None:
    """The key is hashlib's; a string stands for the base64 of bytes."""
    expected = {"key": Binary(hashlib.scrypt(b"pw", salt=b"salt", n=1024, r=8, p=1, dklen=32))}

    assert await derivations.scrypt(SCRYPT) == expected
    assert await derivations.scrypt(SCRYPT | {"password": "cHc="}) == expected


async def test_pbkdf2(derivations: KeyDerivations) -> None:
    """The key is hashlib's."""
    assert await derivations.pbkdf2(PBKDF2) == {"key": Binary(hashlib.pbkdf2_hmac("sha256", b"pw", b"salt", 10))}


async def test_more_derivations_than_threads(derivations: KeyDerivations) -> None:
    """Those beyond the threads wait, and all are answered."""
    keys = await asyncio.gather(*(derivations.pbkdf2(PBKDF2 | {"iterations": n}) for n in range(1, 9)))

    assert len({str(key) for key in keys}) == 8


async def test_nobody_waits_behind_all_that_another_app_asks_for() -> None:
    """An app that asks for many keys at once has no more of them in the queue than there are threads."""
    ended: list[str] = []

    async def derive(opened: KeyDerivations, app_id: str) -> None:
        await opened.pbkdf2(PBKDF2, app_id)
        ended.append(app_id)

    async with KeyDerivations(threads=1) as opened:
        await asyncio.gather(*(derive(opened, "greedy") for _ in range(50)), derive(opened, "modest"))

    assert ended.index("modest") <= 1


async def test_rsa_keys_are_made(derivations: KeyDerivations) -> None:
    """A key comes described as JSON; what is no size of one is the author's fault."""
    made = json.loads(cast("bytes", (await derivations.rsa({"bits": 1024}))["key"]))

    assert (made["algorithm"], made["isPrivate"], made["details"]["modulusLength"]) == ("rsa", True, 1024)
    for bits in (512, 8192, None, "2048", 2048.5):
        with pytest.raises(AppError) as refusal:
            await derivations.rsa({"bits": bits})
        assert refusal.value.code is ErrorCode.INVALID_PARAMETER


@pytest.mark.parametrize(
    "change",
    [{"N": 1 << 17}, {"N": None}, {"N": "1024"}, {"N": True}, {"password": None}, {"salt": "%"}, {"keyLength": 1.5}],
)
async def test_scrypt_refusals(derivations: KeyDerivations, change: Document) -> None:
    """Nonsense and what is too dear are the author's fault."""
    with pytest.raises(AppError) as refusal:
        await derivations.scrypt(SCRYPT | change)

    assert refusal.value.code is ErrorCode.INVALID_PARAMETER


@pytest.mark.parametrize(
    "change", [{"iterations": 2_000_001}, {"digest": "crc32"}, {"digest": None}, {"iterations": 0}]
)
async def test_pbkdf2_refusals(derivations: KeyDerivations, change: Document) -> None:
    """As for scrypt."""
    with pytest.raises(AppError) as refusal:
        await derivations.pbkdf2(PBKDF2 | change)

    assert refusal.value.code is ErrorCode.INVALID_PARAMETER
