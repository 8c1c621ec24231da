"""What a run did, as seen from outside: what it asked, what it printed, how it ended; and where two runs differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import orjson

from runtime.handed_over import HandedOver, Nonsense
from runtime.messages import LogLine
from runtime.recording import Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A host call, with its answer as JSON, `{"value": ...}` or `{"error": ...}`; None: the run did not wait for it.

    `turn` counts the messages that entered the run before the one with its answer.
    """

    operation: str
    arguments: bytes
    answer: bytes | None = None
    turn: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A run. `ended` is its value, Extended JSON; `error` its text with its stack, where it failed."""

    calls: tuple[Asked, ...] = ()
    logs: tuple[LogLine, ...] = ()
    ended: bytes | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What was recorded and what happened now: `host call 2`, `log 1`, `result` or `error`; None: nothing."""

    place: str
    recorded: str | None
    now: str | None


def trace_of(recording: Recording) -> Trace:
    """What was recorded. Raises ValueError where it cannot be read."""
    try:
        return _trace(recording)
    except (Nonsense, orjson.JSONDecodeError, KeyError, TypeError, IndexError) as error:
        raise ValueError("the recording cannot be read") from error


def _trace(recording: Recording) -> Trace:
    steps = [HandedOver.read(step) for step in recording.steps]
    answers: dict[int, tuple[bytes, int]] = {}
    for turn, message in enumerate(recording.messages[1:], 1):
        for answer in orjson.loads(message)["answers"]:
            answers[answer.pop("id")] = (orjson.dumps(answer), turn)
    calls = [call for step in steps for call in step.calls]
    asked = (
        Asked(
            operation=call.operation, arguments=call.arguments,
            answer=answers[call.id][0] if call.id in answers else None,
            turn=answers[call.id][1] if call.id in answers else 0,
        )
        for call in calls
    )  # fmt: skip
    return ended_trace(tuple(asked), steps)


def ended_trace(calls: tuple[Asked, ...], steps: Sequence[HandedOver], broken: str | None = None) -> Trace:
    """The trace of a run that handed these over; `broken` says why it was ended from outside."""
    last = steps[-1] if steps else None
    logs = tuple(line for step in steps for line in step.logs)
    if last is not None and last.error is not None:
        broken = f"{last.error.text}\n{last.error.stack}".strip()
    value = last.value if last is not None else None
    return Trace(calls=calls, logs=logs, ended=value, error=broken)


def differences(recorded: Trace, now: Trace) -> list[Difference]:
    """Where the runs differ, in the order: host calls, console lines, end."""
    return [
        *_pairwise("host call", list(map(_call, recorded.calls)), list(map(_call, now.calls))),
        *_pairwise("log", list(map(_line, recorded.logs)), list(map(_line, now.logs))),
        *_pairwise("result", [_text(recorded.ended)], [_text(now.ended)], numbered=False),
        *_pairwise("error", [recorded.error], [now.error], numbered=False),
    ]


def _pairwise(
    place: str, recorded: Sequence[str | None], now: Sequence[str | None], *, numbered: bool = True
) -> Iterator[Difference]:
    for number, (before, after) in enumerate(zip_longest(recorded, now), 1):
        if before != after:
            yield Difference(place=f"{place} {number}" if numbered else place, recorded=before, now=after)


def _call(asked: Asked) -> str:
    answer = "" if asked.answer is None else f" -> {asked.answer.decode()}"
    return f"{asked.operation} {asked.arguments.decode()}{answer}"


def _line(line: LogLine) -> str:
    return f"{line.level}: {line.text}"


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()
