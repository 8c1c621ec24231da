"""Reads what a guest hands over; every byte of it is hostile."""

from __future__ import annotations

import re
from dataclasses import dataclass

import orjson

from runtime.errors import ErrorKind
from runtime.messages import GuestError, HostCall, LogLine

ENDED = b'{"calls":[],"done":{'
"""How a hand-over begins when the run has ended and asks for nothing more: the worker then ends it by itself."""
_MOST_STACK = 16 * 1024
"""Characters kept of an error's stack."""
_MOST_TEXT = 64 * 1024
"""Characters kept of an error's text."""


_AUTHOR_FRAME = re.compile(r"^\s*at (?:.* \()?functions/[^\n]*", re.MULTILINE)


class Nonsense(ValueError):
    """Not of the form that the guest library hands over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """New host calls and console lines, and where the run has ended a value, an error, or a value too long to write."""

    calls: tuple[HostCall, ...]
    logs: tuple[LogLine, ...]
    value: bytes | None
    error: GuestError | None
    is_too_long: bool = False

    @property
    def has_ended(self) -> bool:
        """Whether the function has come to its end."""
        return self.value is not None or self.error is not None or self.is_too_long

    @classmethod
    def read(cls, text: bytes) -> HandedOver:
        """From the guest's JSON; raises Nonsense."""
        try:
            parsed = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise Nonsense("not JSON") from error
        if not isinstance(parsed, dict):
            raise Nonsense("not an object")
        done = parsed.get("done")
        if done is not None and not isinstance(done, dict):
            raise Nonsense("an end of an unknown form")
        is_too_long = done == {"tooLong": True}
        try:
            return cls(
                calls=tuple(map(_host_call, _list(parsed, "calls"))),
                logs=tuple(map(_log_line, _list(parsed, "logs"))),
                value=orjson.dumps(done["value"]) if done is not None and "value" in done else None,
                error=_guest_error(done) if done is not None and "value" not in done and not is_too_long else None,
                is_too_long=is_too_long,
            )
        except orjson.JSONEncodeError as error:  # it writes less deeply than it reads
            raise Nonsense("nested too deeply") from error


def author_stack(head: str, stack: str) -> str:
    """The frames of an engine's stack that are the author's own, below a first line; "" where there are none."""
    frames = _AUTHOR_FRAME.findall(stack[:_MOST_STACK])
    return "\n".join((head, *frames)) if frames else ""


def _list(parsed: dict[str, object], name: str) -> list[object]:
    found = parsed.get(name, [])
    if not isinstance(found, list):
        raise Nonsense(f"{name} are not a list")
    return found


def _host_call(item: object) -> HostCall:
    match item:
        case {"id": int(number), "operation": str(operation), "arguments": arguments} if (
            type(number) is int and 0 <= number < 1 << 53
        ):
            return HostCall(id=number, operation=operation, arguments=orjson.dumps(arguments))
        case _:
            raise Nonsense("a host call of an unknown form")


def _log_line(item: object) -> LogLine:
    match item:
        case [str(level), str(text)]:
            return LogLine(level=level[:16], text=text)
        case _:
            raise Nonsense("a log line of an unknown form")


def _guest_error(done: dict[str, object]) -> GuestError:
    match done.get("error"):
        case {"name": str(name), "message": str(message), "stack": str(stack), "text": str(text)}:
            return GuestError(
                kind=ErrorKind.THREW, name=name[:256], message=message[:_MOST_TEXT],
                text=text[:_MOST_TEXT], stack=stack[:_MOST_STACK],
            )  # fmt: skip
        case _:
            raise Nonsense("an error of an unknown form")
