"""What happens when a function keeps failing, or is made to: its circuit breaker and its rehearsed fault."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from runtime.messages import Outcome
from server.apps.model import App
from server.calls.breakers import Breaker, Breakers
from server.calls.faults import Faults, do_fault
from server.errors import AppError, ErrorCode, quoted
from server.store import Store

Proceed: TypeAlias = Callable[[], Awaitable[Outcome]]
"""Makes the run."""

_log = logging.getLogger(__name__)


class FailureHandling:
    """For all functions, with what this process remembers of their failures."""

    def __init__(self, store: Store) -> None:
        self._breakers = Breakers()
        self._faults = Faults(store)

    async def run(self, app: App, name: str, *, wall_time: float, proceed: Proceed) -> Outcome:
        """The outcome of a function's run, which may take `wall_time` seconds.

        Raises AppError FunctionUnavailable where the function is left alone.
        """
        breaker = self._breakers.of(app, name)
        if breaker is None:
            return await self._run(app, name, wall_time, proceed)
        turn = breaker.admit(time.monotonic())
        if turn is None:
            text = f"function {quoted(name)} keeps failing and is left alone for a while"
            raise AppError(ErrorCode.FUNCTION_UNAVAILABLE, text)
        failed: bool | None = None
        try:
            outcome = await self._run(app, name, wall_time, proceed)
            failed = breaker.counts(outcome.error.kind if outcome.error else None)
        except AppError as error:
            failed = True if error.code is ErrorCode.INTERNAL_SERVER_ERROR else None
            raise
        finally:
            _end(breaker, name, turn, failed=failed)
        return outcome

    async def _run(self, app: App, name: str, wall_time: float, proceed: Proceed) -> Outcome:
        fault = await self._faults.of(app.app_id, name)
        ended = None if fault is None else await do_fault(fault, wall_time=wall_time)
        return await proceed() if ended is None else ended


def _end(breaker: Breaker, name: str, turn: int, *, failed: bool | None) -> None:
    was_open = breaker.is_open
    breaker.ended(turn, failed=failed, now=time.monotonic())
    if breaker.is_open != was_open:
        state = f"left alone for {breaker.policy.pause:g} s" if breaker.is_open else "called again"
        _log.warning("function %s is %s", name, state)
