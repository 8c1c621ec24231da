"""Derives keys from passwords, and makes RSA keys, for guests that wait: costly work, off the event loop."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Protocol, Self
from weakref import WeakValueDictionary

from bson.binary import Binary

from runtime.asymmetric_keys import NewRsaKey
from runtime.bcrypt_hashes import BcryptHash
from runtime.key_derivation import DerivationRefused, Pbkdf2, Scrypt
from server.context.argon2_hash import Argon2Hash
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode


class _Derivation(Protocol):
    def derive(self) -> bytes: ...


class KeyDerivations:
    """Answers scrypt, PBKDF2, bcrypt, argon2 and RSA; an async context manager that owns the threads.

    What computes them gives up the interpreter's lock, so that as many derivations run at once as there are threads;
    the others wait their turn. One costs at most 64 MiB, and some seconds of one core. An app has no more of them in
    the queue than there are threads: nobody waits behind all that another app has asked for.
    """

    def __init__(self, *, threads: int) -> None:
        self._threads = threads
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="key-derivation")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    async def scrypt(self, arguments: Document, app_id: str = "") -> Document:
        """Derive from `{password, salt, keyLength, N, r, p}`, giving `{key}`; AppError InvalidParameter if too dear."""
        return await self._derive(app_id, lambda: _scrypt(arguments))

    async def pbkdf2(self, arguments: Document, app_id: str = "") -> Document:
        """Derive from `{password, salt, keyLength, iterations, digest}`, giving `{key}`; refusals as for scrypt."""
        return await self._derive(app_id, lambda: _pbkdf2(arguments))

    async def bcrypt(self, arguments: Document, app_id: str = "") -> Document:
        """Hash `{password, salt}`, giving `{key}`: the whole hash as text; refusals as for scrypt."""
        return await self._derive(app_id, lambda: _bcrypt(arguments))

    async def argon2(self, arguments: Document, app_id: str = "") -> Document:
        """Hash `{password, salt, type, version, hashLength, timeCost, memoryCost, parallelism}`, giving `{key}`."""
        return await self._derive(app_id, lambda: _argon2(arguments))

    async def rsa(self, arguments: Document, app_id: str = "") -> Document:
        """Make a private key of `{bits}`, giving `{key}`: its description as JSON."""
        return await self._derive(app_id, lambda: NewRsaKey(_integer(arguments, "bits")))

    async def _derive(self, app_id: str, judge: Callable[[], _Derivation]) -> Document:
        try:
            derivation = judge()
        except DerivationRefused as error:
            raise AppError(ErrorCode.INVALID_PARAMETER, str(error)) from error
        turns = self._turns.setdefault(app_id, asyncio.Semaphore(self._threads))
        try:
            async with turns:
                key = await asyncio.get_running_loop().run_in_executor(self._pool, derivation.derive)
        except DerivationRefused as error:
            raise AppError(ErrorCode.INVALID_PARAMETER, str(error)) from error
        return {"key": Binary(key)}


def _scrypt(arguments: Document) -> Scrypt:
    return Scrypt(
        password=_secret(arguments, "password"),
        salt=_secret(arguments, "salt"),
        key_length=_integer(arguments, "keyLength"),
        cost=_integer(arguments, "N"),
        block_size=_integer(arguments, "r"),
        parallelization=_integer(arguments, "p"),
    )


def _pbkdf2(arguments: Document) -> Pbkdf2:
    digest = arguments.get("digest")
    if not isinstance(digest, str):
        raise DerivationRefused("'digest' must be a string")
    return Pbkdf2(
        password=_secret(arguments, "password"),
        salt=_secret(arguments, "salt"),
        key_length=_integer(arguments, "keyLength"),
        iterations=_integer(arguments, "iterations"),
        digest=digest,
    )


def _bcrypt(arguments: Document) -> BcryptHash:
    salt = arguments.get("salt")
    if not isinstance(salt, str):
        raise DerivationRefused("'salt' must be a string")
    return BcryptHash(password=_secret(arguments, "password"), salt=salt)


def _argon2(arguments: Document) -> Argon2Hash:
    return Argon2Hash(
        password=_secret(arguments, "password"),
        salt=_secret(arguments, "salt"),
        type=str(arguments.get("type")),
        version=_integer(arguments, "version"),
        hash_length=_integer(arguments, "hashLength"),
        time_cost=_integer(arguments, "timeCost"),
        memory_cost=_integer(arguments, "memoryCost"),
        parallelism=_integer(arguments, "parallelism"),
    )


def _integer(arguments: Document, name: str) -> int:
    value: Value = arguments.get(name)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise DerivationRefused(f"'{name}' must be an integer")
    return int(value)


def _secret(arguments: Document, name: str) -> bytes:
    """Bytes as they are; a string is base64."""
    value: Value = arguments.get(name)
    if isinstance(value, bytes):
        return bytes(value)
    if not isinstance(value, str):
        raise DerivationRefused(f"'{name}' must be bytes or base64")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DerivationRefused(f"'{name}' is not base64") from error
