"""One run as the supervisor leads it: reads what the guest hands over, answers its host calls, until it ends."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import replace
from functools import lru_cache

import orjson

from runtime.errors import ErrorKind, WorkerDied
from runtime.frames import Frame, Kind
from runtime.handed_over import ENDED, HandedOver, Nonsense, author_stack
from runtime.limits import MEGABYTE, Limits
from runtime.mailbox import Mailbox
from runtime.messages import Call, GuestError, Host, HostCall, HostError, LogLine, Outcome, Stats
from runtime.recording import Recorder
from runtime.timers import TIMER, wait
from runtime.worker_link import GRACE, WorkerLink

SEED = 19
"""Bytes of chance that a call begins with: for `Math.random`, and for the counter of ids."""


class Conversation:
    """Leads one run on one worker to its outcome."""

    def __init__(self, worker: WorkerLink, number: int, image: str, call: Call, host: Host) -> None:
        self._worker = worker
        self._number = number
        self._limits = _limits(call.limits, records=call.records, measures=call.measures)
        self._image = image
        self._call = call
        self._host = host
        self._logs: list[LogLine] = []
        self._log_bytes = 0
        self._answers: dict[asyncio.Task[bytes], HostCall] = {}
        self._started = time.monotonic()
        self._guest_time = 0.0
        self._memory = 0
        self._pages: int | None = None
        self._returned = False
        self._has_ended = False
        self._recorder = Recorder(image, self._limits) if call.records else None
        self._log_lines = 0
        self._host_bytes = 0
        self.host_calls = 0

    async def lead(self) -> Outcome:
        """The run's outcome. Raises WorkerDied; a guest's own failure is an outcome."""
        mailbox = self._worker.open_run(self._number)
        overdue, latest = self._worker.overdue, self._started + self._call.limits.wall_time + GRACE
        overdue.expect(self._number, latest, lambda: self._end_overdue(mailbox))
        try:
            self._enter(Kind.CALL, _message(self._call), self._image.encode(), self._limits)
            while True:
                ended = await self._step(mailbox)
                if ended is not None:
                    return self._outcome(ended)
        finally:
            overdue.forget(self._number)
            self._worker.close_run(self._number, has_ended=self._has_ended)
            for task, call in self._answers.items():
                if call.operation == TIMER or not self._returned:
                    task.cancel()

    @property
    def unawaited(self) -> tuple[asyncio.Task[bytes], ...]:
        """Host calls that the function asked for and did not wait for; they go on after it has returned."""
        return tuple(task for task in self._answers if not task.done() and not task.cancelling())

    def _end_overdue(self, mailbox: Mailbox) -> None:
        """The worker itself stops what runs too long, unless it is stuck."""
        failure = (ErrorKind.WALL_TIME.encode(), b"execution time limit exceeded", b"", b"", b"{}")
        mailbox.put(Frame(Kind.FAILED, self._number, failure))
        self._worker.kill_if_silent()

    async def _step(self, mailbox: Mailbox) -> bytes | GuestError | None:
        frame = await mailbox.take()
        if frame is None:
            raise WorkerDied("the sandbox worker ended during the call")
        if frame.kind is Kind.FAILED:
            return self._failed(frame)
        try:
            handed_over = HandedOver.read(frame.parts[0])
            self._has_ended = frame.parts[0].startswith(ENDED)
            self._note(frame)
            if self._recorder is not None:
                self._recorder.step(*frame.parts[:2])
        except (Nonsense, IndexError, TypeError) as error:
            return _error(ErrorKind.NONSENSE, f"the function broke its sandbox's protocol: {error}")
        self._keep_logs(handed_over.logs)
        return self._begin(handed_over.calls) or self._end(handed_over) or await self._answer()

    def _enter(self, kind: Kind, message: bytes, *before: bytes) -> None:
        if self._recorder is not None:
            self._recorder.enter(message)
        self._worker.send(kind, self._number, *before, message)

    def _end(self, handed_over: HandedOver) -> bytes | GuestError | None:
        """How the run ended, if it has; host calls that it did not wait for go on without it."""
        if not handed_over.has_ended and self._answers:
            return None
        self._returned = True
        if handed_over.is_too_long:
            return self._too_long()
        if handed_over.value is not None:
            return self._checked(handed_over.value)
        return handed_over.error or _error(ErrorKind.UNSETTLED, "the promise can never settle: it waits for nothing")

    def _begin(self, calls: tuple[HostCall, ...]) -> GuestError | None:
        """Start the host calls, or say which limit they break."""
        if not calls:
            return None
        limits = self._call.limits
        self.host_calls += len(calls)
        if self.host_calls > limits.host_calls:
            return _error(ErrorKind.HOST_CALLS, f"exceeded {limits.host_calls} host calls")
        if len(self._answers) + len(calls) > limits.parallel_host_calls:
            text = f"exceeded max async work queue size of {limits.parallel_host_calls}"
            return _error(ErrorKind.PARALLEL_HOST_CALLS, text)
        if self._exceeds_host_bytes(sum(len(call.arguments) for call in calls)):
            return self._too_many_host_bytes()
        for call in calls:
            self._answers[asyncio.create_task(self._perform(call))] = call
        return None

    async def _perform(self, call: HostCall) -> bytes:
        if len(call.arguments) > self._call.limits.host_call_bytes:
            return _refusal(HostError("Error", f"the arguments of {call.operation} exceed the limit"))
        try:
            if call.operation == TIMER:
                answer = await wait(call.arguments)
            else:
                answer = await self._host.answer(call.operation, call.arguments)
        except HostError as error:
            return _refusal(error)
        if len(answer) > self._call.limits.host_call_bytes:
            return _refusal(HostError("Error", f"the answer of {call.operation} exceeds the limit"))
        return b'"value":' + answer

    async def _answer(self) -> GuestError | None:
        """Wait until at least one host call is answered, and enter the guest with all that are."""
        ended = self._worker.ended
        waited_for: set[asyncio.Future[bytes] | asyncio.Future[None]] = {*self._answers, ended}
        await asyncio.wait(waited_for, timeout=max(0.0, self._remaining()), return_when=asyncio.FIRST_COMPLETED)
        done = [task for task in self._answers if task.done()]
        if ended.done():
            raise WorkerDied("the sandbox worker ended during the call")
        if not done:
            return _error(ErrorKind.WALL_TIME, "execution time limit exceeded")
        answers = [b'{"id":%d,%s}' % (self._answers.pop(task).id, task.result()) for task in done]
        if self._exceeds_host_bytes(sum(map(len, answers))):
            return self._too_many_host_bytes()
        self._enter(Kind.ANSWERS, b'{"type":"answers","answers":[' + b",".join(answers) + b"]}")
        return None

    def _exceeds_host_bytes(self, more: int) -> bool:
        self._host_bytes += more
        return self._host_bytes > self._call.limits.host_bytes

    def _too_many_host_bytes(self) -> GuestError:
        limit = self._call.limits.host_bytes
        return _error(ErrorKind.HOST_BYTES, f"host calls and their answers exceed the limit of {limit} bytes")

    def _remaining(self) -> float:
        return self._call.limits.wall_time - (time.monotonic() - self._started)

    def _checked(self, value: bytes) -> bytes | GuestError:
        return value if len(value) <= self._call.limits.result else self._too_long()

    def _too_long(self) -> GuestError:
        return _error(ErrorKind.RESULT, f"the result exceeds the limit of {self._call.limits.result} bytes")

    def _keep_logs(self, lines: tuple[LogLine, ...]) -> None:
        limits = self._call.limits
        self._log_lines += len(lines)
        for line in lines:
            room = limits.log_bytes - self._log_bytes
            if room <= 0 or len(self._logs) >= limits.log_lines:
                return
            text = line.text.encode(errors="replace")[:room].decode(errors="ignore")
            self._log_bytes += len(text.encode())
            self._logs.append(replace(line, text=text))

    def _failed(self, frame: Frame) -> GuestError:
        try:
            kind, message = ErrorKind(frame.parts[0].decode()), frame.parts[1].decode(errors="replace")
            stack = author_stack(f"Error: {message}", frame.parts[2].decode(errors="replace"))
            self._keep_logs(HandedOver.read(frame.parts[3]).logs if frame.parts[3] else ())
            self._note(frame)
        except (Nonsense, ValueError, IndexError) as error:
            return _error(ErrorKind.NONSENSE, f"the sandbox worker broke the protocol: {error}")
        return replace(_error(kind, message), stack=stack)

    def _note(self, frame: Frame) -> None:
        try:
            used = orjson.loads(frame.parts[-1])
            pages = used.get("pages_written")
            self._guest_time, self._memory = float(used.get("guest_time", 0.0)), int(used.get("memory", 0))
            self._pages = None if pages is None else int(pages)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            raise Nonsense("what was used is of an unknown form") from error

    def _outcome(self, ended: bytes | GuestError) -> Outcome:
        stats = Stats(
            wall_time=time.monotonic() - self._started, guest_time=self._guest_time, memory=self._memory,
            host_calls=self.host_calls, log_lines=self._log_lines, pages_written=self._pages,
        )  # fmt: skip
        recording = self._recorder.recording() if self._recorder else None
        if isinstance(ended, bytes):
            return Outcome(value=ended, logs=tuple(self._logs), stats=stats, recording=recording)
        is_full = stats.memory + MEGABYTE > self._call.limits.memory
        error = _named(ended, is_full=is_full)
        return Outcome(error=error, logs=tuple(self._logs), stats=stats, recording=recording)


def _message(call: Call) -> bytes:
    head = (
        b'{"type":"'
        + call.entrance.encode()
        + b'","function":'
        + orjson.dumps(call.function)
        + b',"arguments":'
        + call.arguments
    )
    lengths = b'{"result":%d,"hostCall":%d}' % (call.limits.result, call.limits.host_call_bytes)
    seed = os.urandom(SEED).hex().encode()
    return head + b',"context":' + call.context + b',"lengths":' + lengths + b',"seed":"' + seed + b'"}'


@lru_cache
def _limits(limits: Limits, *, records: bool, measures: bool) -> bytes:
    """What a worker reads as RunLimits; most calls have the limits of one before."""
    held = {name: getattr(limits, name) for name in ("wall_time", "cpu_time", "memory", "stack")}
    output = max(limits.result, limits.host_call_bytes)
    return orjson.dumps({**held, "output": output, "records": records, "measures": measures})


def _refusal(error: HostError) -> bytes:
    shown = {"name": error.name, "message": error.message}
    return b'"error":' + orjson.dumps(shown if error.code is None else {**shown, "code": error.code})


def _error(kind: ErrorKind, message: str) -> GuestError:
    return GuestError(kind=kind, name="Error", message=message, text=message)


def _named(error: GuestError, *, is_full: bool) -> GuestError:
    """Tell limits that the engine itself reports as an exception by their own names.

    An engine whose memory is too full even for an error throws null.
    """
    out_of_memory = error.name == "InternalError" and error.message == "out of memory"
    if out_of_memory or (is_full and (error.name, error.message) == ("", "null")):
        return replace(error, kind=ErrorKind.MEMORY, text="memory limit exceeded")
    if error.name == "RangeError" and error.message == "Maximum call stack size exceeded":
        return replace(error, kind=ErrorKind.STACK)
    return error
