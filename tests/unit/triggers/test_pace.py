"""The pace: what is new is looked at once, freed places when there are some, and never much later."""

from __future__ import annotations

import asyncio

import pytest

from server.triggers import pace as pace_module
from server.triggers.pace import WORTHWHILE, Pace

LONG = 1000.0


async def waiting(pace: Pace) -> asyncio.Task[None]:
    """A runner that waits for its next look."""
    pace.begin()
    task = asyncio.create_task(pace.wait(LONG))
    await asyncio.sleep(0)
    return task


async def test_freed_places_are_gathered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends of single runs wake nobody until there are enough of them."""
    monkeypatch.setattr(pace_module, "GATHERING", LONG)
    pace = Pace()
    task = await waiting(pace)
    for _ in range(WORTHWHILE - 1):
        pace.free(at_once=False)
    await asyncio.sleep(0.01)
    assert not task.done()

    pace.free(at_once=False)
    async with asyncio.timeout(120):
        await task


async def test_one_freed_place_is_filled_soon() -> None:
    """A single end is not forgotten where no other follows."""
    pace = Pace()
    task = await waiting(pace)
    pace.free(at_once=False)
    async with asyncio.timeout(120):
        await task


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_is_new_is_looked_at_at_once(monkeypatch: pytest.MonkeyPatch, *, at_once: bool) -> None:
    """A new event, or a run whose end lets another begin, waits for nothing; nor does what came during the look."""
    monkeypatch.setattr(pace_module, "GATHERING", LONG)
    pace = Pace()
    pace.begin()
    if at_once:
        pace.free(at_once=True)
    else:
        pace.wake()
    async with asyncio.timeout(120):
        await pace.wait(LONG)
    task = await waiting(pace)
    assert not task.done()
    task.cancel()
