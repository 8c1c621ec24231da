"""Runs a recorded call again in whatever image: host calls are answered from the recording, nothing is performed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from runtime.errors import WorkerDied
from runtime.frames import Kind
from runtime.handed_over import HandedOver, Nonsense
from runtime.messages import HostCall
from runtime.recording import Recording
from runtime.timers import TIMER
from runtime.trace import Asked, Difference, Trace, differences, ended_trace, trace_of
from runtime.worker_link import WorkerLink

STEP_TIME = 60.0
"""Seconds one step may take."""
MOST_STEPS = 10_000
"""Steps of a run; another source may ask without end."""
NOT_RECORDED = b'{"error":{"name":"NotRecorded","message":"this was not asked for when the call was recorded"}}'
PASSED = b'{"value":null}'
"""The answer to a timer that was not recorded: time passes at once."""
WAITS = "the function waits for an answer that was not recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retraced:
    """What was recorded, what happened now, and where they differ."""

    recorded: Trace
    now: Trace
    differences: list[Difference]


@dataclass(slots=True)
class _Answers:
    """The recorded answers that have not been given yet."""

    waiting: list[Asked]
    asked: list[Asked] = field(default_factory=list)
    pending: dict[int, Asked] = field(default_factory=dict)

    def ask(self, call: HostCall) -> None:
        """Find the answer: of the same question, or else of the next one to the same operation."""
        same = (one for one in self.waiting if one.operation == call.operation)
        found = next((one for one in same if one.arguments == call.arguments), None)
        found = found or next((one for one in self.waiting if one.operation == call.operation), None)
        if found is not None:
            self.waiting.remove(found)
            given = replace(found, arguments=call.arguments)
        else:
            answer = PASSED if call.operation == TIMER else NOT_RECORDED
            given = Asked(operation=call.operation, arguments=call.arguments, answer=answer)
        self.asked.append(given)
        self.pending[call.id] = given

    def take(self) -> bytes | None:
        """The next answers, together as they were recorded; None where none will ever come."""
        turns = [asked.turn for asked in self.pending.values() if asked.answer is not None]
        if not turns:
            return None
        turn = min(turns)
        given = [(id, one.answer) for id, one in self.pending.items() if one.turn == turn and one.answer is not None]
        for id, _ in given:
            del self.pending[id]
        answers = b",".join(b'{"id":%d,%b' % (id, answer[1:]) for id, answer in given)
        return b'{"type":"answers","answers":[' + answers + b"]}"


async def retrace(worker: WorkerLink, number: int, image: str, recording: Recording) -> Retraced:
    """Run the call again in this image. Raises WorkerDied, TimeoutError, ValueError for a recording of another form."""
    recorded = trace_of(recording)
    answers = _Answers(list(recorded.calls))
    steps: list[HandedOver] = []
    mailbox = worker.open_run(number)
    broken = None
    try:
        worker.send(
            Kind.CALL, number, image.encode(), recording.limits, recording.messages[0], recording.tape, b"lenient"
        )
        while broken is None and len(steps) < MOST_STEPS:
            async with asyncio.timeout(STEP_TIME):
                frame = await mailbox.take()
            if frame is None:
                raise WorkerDied("the sandbox worker ended during the call")
            if frame.kind is not Kind.STEPPED:
                broken = frame.parts[1].decode(errors="replace")
                break
            steps.append(_read(frame.parts[0]))
            _ask(answers, steps[-1].calls)
            if steps[-1].has_ended:
                break
            message = answers.take()
            broken = WAITS if message is None else None
            if message is not None:
                worker.send(Kind.ANSWERS, number, message)
    finally:
        worker.close_run(number)
    now = ended_trace(tuple(answers.asked), steps, broken)
    return Retraced(recorded=recorded, now=now, differences=differences(recorded, now))


def _ask(answers: _Answers, calls: Iterable[HostCall]) -> None:
    for call in calls:
        answers.ask(call)


def _read(handed_over: bytes) -> HandedOver:
    try:
        return HandedOver.read(handed_over)
    except Nonsense as error:
        raise ValueError(f"the function broke its sandbox's protocol: {error}") from error
