"""How a run's end becomes a value or a refusal (contract 1.8, 4.8)."""

from __future__ import annotations

from runtime.errors import ErrorKind
from runtime.messages import GuestError, Outcome
from server.errors import AppError, ErrorCode

CODES = {
    ErrorKind.WALL_TIME: ErrorCode.EXECUTION_TIME_LIMIT_EXCEEDED,
    ErrorKind.CPU_TIME: ErrorCode.EXECUTION_TIME_LIMIT_EXCEEDED,
    ErrorKind.MEMORY: ErrorCode.EXECUTION_MEMORY_LIMIT_EXCEEDED,
    ErrorKind.NESTING: ErrorCode.FUNCTION_MAX_STACK_DEPTH_ERROR,
    ErrorKind.CONCURRENT_CALLS: ErrorCode.TOO_MANY_REQUESTS,
    ErrorKind.QUEUE: ErrorCode.TOO_MANY_REQUESTS,
}


class FunctionFailed(AppError):
    """A function that threw or broke a limit; `guest` tells the author where."""

    def __init__(self, guest: GuestError) -> None:
        super().__init__(CODES.get(guest.kind, ErrorCode.FUNCTION_EXECUTION_ERROR), guest.text)
        self.guest = guest


def value_of(outcome: Outcome) -> bytes:
    """The value, canonical Extended JSON. Raises FunctionFailed."""
    if outcome.error is not None:
        raise FunctionFailed(outcome.error)
    if outcome.value is None:
        raise AppError(ErrorCode.INTERNAL_SERVER_ERROR, "the function ended without a value")
    return outcome.value
