"""Work in the background: begun, ended, and told of when it stops by itself."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from server.background import Background, Rounds


class Counting(Background):
    """Notes what happens to it."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.working = asyncio.Event()

    async def _begin(self) -> None:
        self.notes.append("begin")

    async def _work(self) -> None:
        self.notes.append("work")
        self.working.set()
        await asyncio.Event().wait()

    async def _end(self) -> None:
        self.notes.append("end")


class Failing(Background):
    """Stops at once."""

    async def _work(self) -> None:
        raise LookupError("unforeseen")


class Stumbling(Rounds):
    """Fails in its first round, as foreseen."""

    pause = 0.0
    foreseen = (LookupError,)
    trouble = "stumbled"

    def __init__(self) -> None:
        self.rounds = 0
        self.went_on = asyncio.Event()

    async def _round(self, now: datetime) -> None:
        assert now.tzinfo is not None
        self.rounds += 1
        if self.rounds == 1:
            raise LookupError("a stone")
        self.went_on.set()


async def test_work_goes_on_until_the_end() -> None:
    """In order: what comes before, the work, what comes after."""
    async with Counting() as counting:
        await counting.working.wait()

    assert counting.notes == ["begin", "work", "end"]


async def test_work_that_stops_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """With its cause, when it happens; the rest goes on, and ends well."""
    async with Failing() as failing:
        assert failing._task is not None
        await asyncio.wait([failing._task])
        await asyncio.sleep(0)  # callbacks come after who waits

    assert "Failing stopped working" in caplog.text
    assert "unforeseen" in caplog.text


async def test_a_round_that_fails_is_told_and_the_next_one_comes(caplog: pytest.LogCaptureFixture) -> None:
    """With its cause, under the name of whose round it is."""
    async with Stumbling() as stumbling:
        await stumbling.went_on.wait()

    [record] = caplog.records
    assert (record.name, record.message) == (__name__, "stumbled")
    assert "a stone" in caplog.text
