"""Work that goes on in the background while something is open."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self

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


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    """Work that stops by an error that nobody foresaw must not stop unseen."""
    if not task.cancelled() and task.exception() is not None:
        _log.error("%s stopped working", task.get_name(), exc_info=task.exception())
