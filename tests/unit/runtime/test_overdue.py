"""Overdue runs: who has not ended by its moment is told of once, and nobody else is."""

from __future__ import annotations

import asyncio
import time

import pytest

from runtime.overdue import Overdue


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks follow each other quickly."""
    monkeypatch.setattr("runtime.overdue.INTERVAL", 0.001)


async def test_only_what_is_late_is_told_of_and_once() -> None:
    """What was forgotten in time, or has time left, is not; what was told of is not told of again."""
    overdue, told = Overdue(), list[str]()
    now, told_of = time.monotonic(), asyncio.Event()

    def tell() -> None:
        told.append("late")
        told_of.set()

    overdue.expect(1, now, lambda: told.append("forgotten"))
    overdue.expect(2, now + 3600, lambda: told.append("early"))
    overdue.expect(3, now, tell)
    overdue.forget(1)
    await asyncio.wait_for(told_of.wait(), 60)
    await asyncio.sleep(0.02)
    assert told == ["late"]
    overdue.forget(2)


async def test_it_looks_again_after_a_pause_without_runs() -> None:
    """A run that comes when nothing was awaited any more is looked after like the first."""
    overdue = Overdue()
    for run in (1, 2):
        late = asyncio.Event()
        overdue.expect(run, time.monotonic(), late.set)
        await asyncio.wait_for(late.wait(), 60)
        await asyncio.sleep(0.01)


async def test_one_that_fails_keeps_nobody_from_being_told() -> None:
    """Whoever raises is reported to the loop; the others that are late, and those that come, are told all the same."""
    overdue, reported = Overdue(), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context["exception"]))
    beside, later = asyncio.Event(), asyncio.Event()

    def fail() -> None:
        raise RuntimeError("cannot be told")

    overdue.expect(1, time.monotonic(), fail)
    overdue.expect(2, time.monotonic(), beside.set)
    await asyncio.wait_for(beside.wait(), 60)
    overdue.expect(3, time.monotonic(), later.set)
    await asyncio.wait_for(later.wait(), 60)
    assert [str(error) for error in reported] == ["cannot be told"]
