"""The request as the routes get it: a body that is too large is heard out before it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Generator

from quart import Request
from quart.wrappers import Body
from werkzeug.exceptions import RequestEntityTooLarge

LONGEST_WAIT = 10.0
"""Seconds for which the rest of a body that is refused is awaited."""


class PatientBody(Body):
    """Nothing beyond the limit is kept, but it is received: who is cut off while sending never reads the refusal."""

    def __await__(self) -> Generator[None, None, bytes]:
        try:
            data: bytes = yield from super().__await__()
        except RequestEntityTooLarge:
            yield from self._rest().__await__()
            raise
        return data

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await self._complete.wait()
        except TimeoutError:
            return


class PatientRequest(Request):
    """A request with such a body."""

    body_class = PatientBody
