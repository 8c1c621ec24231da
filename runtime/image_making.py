"""What the supervisor asks of a worker and of the compiler for an image, and what it takes for an answer."""

from __future__ import annotations

import asyncio
import logging

from runtime.errors import BuildFailed
from runtime.frames import Frame, Kind
from runtime.limits import BuildLimits
from runtime.worker_link import WorkerLink

BUILD_TIME = 6 * BuildLimits().time
"""Seconds from a build's beginning after which its worker has not answered: it also has other things to do."""
MOST_NOTES = 16 * 1024
"""Bytes that are logged of what an image's modules make known."""

_log = logging.getLogger(__name__)


async def ask(process: WorkerLink, number: int, kind: Kind, question: bytes) -> Frame | None:
    """The answer; None where the process ended. Raises BuildFailed where none comes in time, WorkerDied."""
    mailbox = process.open_run(number)
    try:
        process.send(kind, number, question)
        async with asyncio.timeout(BUILD_TIME):
            return await mailbox.take()
    except TimeoutError:
        process.kill_if_silent()
        raise BuildFailed("compilation of the sources takes too long") from None
    finally:
        process.close_run(number)


def built(frame: Frame | None) -> bytes:
    """The image, from a worker that had the author's code in its hands. Raises BuildFailed."""
    match frame:
        case None:
            raise BuildFailed("the sandbox worker ended while it built the image")
        case Frame(kind=Kind.BUILT, parts=(image, *notes)):
            for line in b"".join(notes)[:MOST_NOTES].decode(errors="replace").splitlines():
                _log.warning("%.500s", line)
            return image
        case Frame(kind=Kind.FAILED, parts=(_, message, *_)):
            raise BuildFailed(message.decode(errors="replace"))
        case _:
            raise BuildFailed("the sandbox worker broke the protocol while it built the image")


def compiled(frame: Frame | None) -> bytes:
    """The native code, from the compiler. Raises BuildFailed."""
    match frame:
        case Frame(kind=Kind.COMPILED, parts=(native,)):
            return native
        case Frame(kind=Kind.FAILED, parts=(message,)):
            raise BuildFailed(f"the sandbox worker made no image: {message.decode(errors='replace')}")
        case _:
            raise BuildFailed("the compiler ended while it compiled the image")
