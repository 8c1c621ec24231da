"""Work that goes on in the background while something is open."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from types import TracebackType
from typing import ClassVar, Self

_log = logging.getLogger(__name__)


class Background(ABC):
    """An async context manager that works from its beginning to its end."""

    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._begin()
        self._task = asyncio.create_task(self._work(), name=type(self).__name__)
        self._task.add_done_callback(_tell_of_failure)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._end()

    async def _begin(self) -> None:  # noqa: B027 - nothing is what most need
        """What has to be done before the work begins."""

    @abstractmethod
    async def _work(self) -> None:
        """Until cancelled."""

    async def _end(self) -> None:  # noqa: B027 - as above
        """What has to be done once the work has ended."""


class Rounds(Background):
    """Does the same again and again, with pauses; a round that fails as foreseen is told of, and the next one comes."""

    pause: ClassVar[float]
    """Seconds before each round."""
    foreseen: ClassVar[tuple[type[Exception], ...]]
    trouble: ClassVar[str]
    """What the operator's log says of a round that failed."""

    @abstractmethod
    async def _round(self, now: datetime) -> object:
        """What is to be done; `now` is aware."""

    async def _work(self) -> None:
        while True:
            await asyncio.sleep(self.pause)
            try:
                await self._round(datetime.now(UTC))
            except self.foreseen:
                logging.getLogger(type(self).__module__).exception(self.trouble)


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    """Work that stops by an error that nobody foresaw must not stop unseen."""
    if not task.cancelled() and task.exception() is not None:
        _log.error("%s stopped working", task.get_name(), exc_info=task.exception())
