"""Runs a recorded call again: nothing is asked of the world, everything is given as it was."""

from __future__ import annotations

import asyncio

from runtime.errors import WorkerDied
from runtime.frames import Frame, Kind
from runtime.recording import Recording
from runtime.tape import Diverged
from runtime.worker_link import WorkerLink

STEP_TIME = 60.0
"""Seconds one step may take."""


async def replay(worker: WorkerLink, number: int, recording: Recording) -> None:
    """Run the call again, step by step. Raises Diverged at the first that hands over another byte; WorkerDied."""
    mailbox = worker.open_run(number)
    try:
        for position, (message, step) in enumerate(zip(recording.messages, recording.steps, strict=True)):
            if position:
                worker.send(Kind.ANSWERS, number, message)
            else:
                worker.send(Kind.CALL, number, recording.image.encode(), recording.limits, message, recording.tape)
            async with asyncio.timeout(STEP_TIME):
                _compare(await mailbox.take(), step, position)
    finally:
        worker.close_run(number)


def _compare(frame: Frame | None, step: bytes, position: int) -> None:
    if frame is None:
        raise WorkerDied("the sandbox worker ended during the call")
    if frame.kind is not Kind.STEPPED or not frame.parts or frame.parts[0] != step:
        raise Diverged(f"step {position + 1} differs from the one recorded")
