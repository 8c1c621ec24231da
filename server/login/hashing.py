"""Hashes and verifies passwords beside the event loop, no more of them at once than there are cores."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

from server.auth.passwords import UnknownHash, hash_password, verify_password
from server.errors import AppError, ErrorCode
from server.login.user_import import NO_PASSWORD

MOST_WAITING = 256
"""Hashes that may wait for a thread; beyond it attempts are turned away, so that nobody waits for ever."""

T = TypeVar("T")


class PasswordHashing:
    """A bounded pool of threads; an async context manager that owns them. Each hash takes 19 MiB while it is made."""

    def __init__(self, *, threads: int) -> None:
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="password-hash")
        self._waiting = 0
        self._nobodys = hash_password(secrets.token_urlsafe())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._pool.shutdown, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """The hash to keep. Raises AppError TooManyRequests."""
        return await self._run(lambda: hash_password(password))

    async def verify(self, hash_: str | None, password: str) -> bool:
        """Whether the hash is of this password; None, for an account that there is not, takes as long to be refused.

        So does an account that was imported without a password.
        """
        usable = None if hash_ == NO_PASSWORD else hash_
        return await self._run(lambda: _verify(usable or self._nobodys, password)) and usable is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise AppError(ErrorCode.TOO_MANY_REQUESTS, "too many logins at once")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1


def _verify(hash_: str, password: str) -> bool:
    try:
        return verify_password(hash_, password)
    except UnknownHash:
        return False
