"""The request as the routes get it: its body is heard out before it is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Generator

from quart import Request
from quart.wrappers import Body
from werkzeug.exceptions import RequestEntityTooLarge

LONGEST_WAIT = 10.0
"""Seconds for which the rest of a body that is refused is awaited."""


class PatientBody(Body):
    """What is refused is received to its end, but not kept: who is cut off while sending never reads the refusal."""

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
                await self._complete.wait()
        except TimeoutError:
            return


class PatientRequest(Request):
    """A request with such a body."""

    body_class = PatientBody

    async def hear_out(self) -> None:
        """Receive the rest of the body before a refusal is sent."""
        if isinstance(self.body, PatientBody):
            await self.body.hear_out()
