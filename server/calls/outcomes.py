"""How a run's end becomes a value or a refusal (contract 1.8, 4.8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from runtime.errors import ErrorKind
from runtime.messages import GuestError, Outcome
from server import ejson
from server.context.personal import Sightings
from server.context.redaction import Redaction
from server.ejson import EjsonError
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


def without_secrets(outcome: Outcome, redact: Redaction) -> Outcome:
    """The outcome as clients, other functions and logs are told of it; only the value is the function's own affair."""
    if not redact.names:
        return outcome
    texts = redact.lines([line.text for line in outcome.logs])
    logs = tuple(replace(line, text=text) for line, text in zip(outcome.logs, texts, strict=True))
    return replace(outcome, error=_without(outcome.error, redact), logs=logs)


def without_personal(outcome: Outcome, sightings: Sightings | None) -> Outcome:
    """The outcome as logs are told of it; who called may read what the function says of them."""
    if sightings is None:
        return outcome
    logs = tuple(replace(line, text=sightings(line.text)) for line in outcome.logs)
    return replace(outcome, error=_without(outcome.error, sightings), logs=logs)


def _without(error: GuestError | None, blot: Callable[[str], str]) -> GuestError | None:
    if error is None:
        return None
    return replace(error, message=blot(error.message), text=blot(error.text), stack=blot(error.stack))


async def for_client(value: bytes) -> bytes:
    """The value, once it is known to be Extended JSON: a function can return objects that only look like it.

    Raises AppError FunctionExecutionError.
    """
    if b'"$' not in value:
        return value
    try:
        await ejson.loads_aside(value)
    except EjsonError as error:
        text = f"the function's result is not valid Extended JSON: {error}"
        raise AppError(ErrorCode.FUNCTION_EXECUTION_ERROR, text) from error
    return value
