"""Faults that an operator rehearses: a running server finds them in the store, and does them to the calls they name."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from typing import Final

from runtime.errors import ErrorKind
from runtime.messages import GuestError, LogLine, Outcome
from server.records import Fault, FaultKind
from server.store import Store

FRESH: Final = 1.0
"""Seconds for which what was read of the store is believed: while calls come, one read a second."""
GARBAGE: Final = b'{"rehearsed":"garbage"}'

_log = logging.getLogger(__name__)


class Faults:
    """The faults in force, as this process knows them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, str], Fault] = {}
        self._read_at = float("-inf")

    async def of(self, app_id: str, function_name: str) -> Fault | None:
        """The fault to do to a call of the function now."""
        if time.monotonic() - self._read_at > FRESH:
            await self._read()
        fault = self._known.get((app_id, function_name))
        return fault if fault is not None and datetime.now(UTC) < fault.until else None

    async def _read(self) -> None:
        self._read_at = time.monotonic()
        found = {
            (fault.app_id, fault.function_name): fault for fault in await self._store.faults(now=datetime.now(UTC))
        }
        for key in found.keys() - self._known.keys():
            _log.warning("rehearsing a fault: %s of app %s: %s until %s", key[1], key[0], *_shown(found[key]))
        for key in self._known.keys() - found.keys():
            _log.warning("the rehearsed fault of %s of app %s has ended", key[1], key[0])
        self._known = found


def _shown(fault: Fault) -> tuple[str, str]:
    delay = f" {fault.delay:g} s" if fault.kind is FaultKind.DELAY else ""
    return f"{fault.kind}{delay}", fault.until.isoformat(timespec="seconds")


async def do_fault(fault: Fault, *, wall_time: float) -> Outcome | None:
    """How a run ends by the fault; None where it goes on, late."""
    match fault.kind:
        case FaultKind.TRAP:
            return _failed(ErrorKind.TRAP, "the function failed")
        case FaultKind.GARBAGE:
            return Outcome(value=GARBAGE, logs=(_line("garbage in place of a value"),))
        case FaultKind.DELAY:
            await asyncio.sleep(min(fault.delay, wall_time))
            return _failed(ErrorKind.WALL_TIME, "execution time limit exceeded") if fault.delay >= wall_time else None


def _failed(kind: ErrorKind, text: str) -> Outcome:
    error = GuestError(kind=kind, name="Error", message=text, text=text)
    return Outcome(error=error, logs=(_line(f"{kind}"),))


def _line(what: str) -> LogLine:
    return LogLine(level="warn", text=f"rehearsed fault: {what}")
