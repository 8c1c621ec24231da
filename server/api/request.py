"""The request as the routes get it: its body is heard out before it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import Any

from quart import Request
from quart.wrappers import Body
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout

LONGEST_WAIT = 10.0
"""Seconds for which the rest of a body that is refused is awaited."""
MOST_HEARD = 256_000_000
"""Bytes of it that are received."""


class PatientBody(Body):
    """What is refused is received to its end, but not kept: who is cut off while sending never reads the refusal."""

    def __init__(self, expected_content_length: int | None, max_content_length: int | None) -> None:
        super().__init__(expected_content_length, max_content_length)
        self._ended = asyncio.Event()
        self._unkept = 0

    def append(self, data: bytes) -> None:
        """Keep what came, up to the limit: the length of a body sent in chunks is not known before."""
        most = self._max_content_length
        if self._must_raise is None and most is not None and len(self._data) + len(data) > most:
            self._must_raise = RequestEntityTooLarge()
            self._data.clear()
            super().set_complete()  # for who awaits the body: it is refused, though not at its end
        if self._must_raise is None:
            super().append(data)
        else:
            self._pass_over(data)

    def _pass_over(self, data: bytes) -> None:
        self._unkept += len(data)
        if self._unkept > MOST_HEARD:
            self._ended.set()

    def set_complete(self) -> None:
        """The body has come to its end."""
        super().set_complete()
        self._ended.set()

    def __await__(self) -> Generator[None, None, bytes]:
        try:
            data: bytes = yield from super().__await__()
        except RequestEntityTooLarge:
            yield from self.hear_out().__await__()
            raise
        return data

    async def hear_out(self) -> None:
        """Receive what the client is still sending, without keeping it."""
        self._must_raise = self._must_raise or RequestEntityTooLarge()
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await self._ended.wait()
        except TimeoutError:
            return


class PatientRequest(Request):
    """A request with such a body."""

    body_class = PatientBody

    async def get_data(self, cache: bool = True, as_text: bool = False, parse_form_data: bool = False) -> Any:  # noqa: FBT001, FBT002 - Quart's
        """The body (Quart's `get_data`), waited for without a task of its own: most bodies are there already."""
        if parse_form_data:
            await self._load_form_data()
        try:
            async with asyncio.timeout(self.body_timeout):
                data = await self.body
        except TimeoutError as error:
            raise RequestTimeout from error
        if not cache:
            self.body.clear()
        return data.decode() if as_text else data

    async def hear_out(self) -> None:
        """Receive the rest of the body before a refusal is sent."""
        if isinstance(self.body, PatientBody):
            await self.body.hear_out()
