"""Rehearsed faults are found by every process until they are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from server.records import Fault, FaultKind
from server.store import Store

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
FAULT = Fault(
    app_id="app", function_name="logIn", kind=FaultKind.DELAY, delay=1.5, until=NOW + timedelta(minutes=10)
)  # fmt: skip


async def test_fault_lasts_until_its_end(store: Store) -> None:
    """It is in force before `until`, and not at it."""
    await store.set_fault(FAULT, now=NOW)

    assert await store.faults(now=FAULT.until - timedelta(milliseconds=1)) == [FAULT]
    assert await store.faults(now=FAULT.until) == []


async def test_a_function_has_one_fault(store: Store) -> None:
    """A new one takes the place of the old; what is over is forgotten."""
    over = replace(FAULT, function_name="other", until=NOW)
    trap = replace(FAULT, kind=FaultKind.TRAP, delay=0.0)
    for fault in (over, FAULT, trap):
        await store.set_fault(fault, now=NOW)

    assert await store.faults(now=NOW - timedelta(days=1)) == [trap]


async def test_clearing(store: Store) -> None:
    """A fault is ended once."""
    await store.set_fault(FAULT, now=NOW)

    assert await store.clear_fault("app", "logIn")
    assert not await store.clear_fault("app", "logIn")
    assert await store.faults(now=NOW) == []
