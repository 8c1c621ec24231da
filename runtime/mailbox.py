"""What came from a worker for one run and has not been taken yet."""

from __future__ import annotations

import asyncio
from collections import deque

from runtime.frames import Frame


class Mailbox:
    """Frames in the order they came; None among them says that the worker died. One task takes them.

    A run has one frame more often than not, for which an asyncio.Queue is a lot to set up.
    """

    __slots__ = ("_frames", "_taker")

    def __init__(self) -> None:
        self._frames: deque[Frame | None] = deque()
        self._taker: asyncio.Future[None] | None = None

    def put(self, frame: Frame | None) -> None:
        """One more."""
        self._frames.append(frame)
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    async def take(self) -> Frame | None:
        """The first, once there is one."""
        while not self._frames:
            self._taker = asyncio.get_running_loop().create_future()
            await self._taker
        return self._frames.popleft()
