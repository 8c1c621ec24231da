"""A run's mailbox: what comes is taken in order, whether somebody waits for it or not."""

from __future__ import annotations

import asyncio

import pytest

from runtime.frames import Frame, Kind
from runtime.mailbox import Mailbox

ONE, TWO = (Frame(Kind.STEPPED, number, ()) for number in (1, 2))


async def test_what_has_come_is_taken_in_order() -> None:
    """Also the word that nothing more comes."""
    mailbox = Mailbox()
    for frame in (ONE, TWO, None):
        mailbox.put(frame)
    assert [await mailbox.take() for _ in range(3)] == [ONE, TWO, None]


async def test_who_waits_is_woken_once() -> None:
    """By the first that comes; what comes at the same time is there for later."""
    mailbox = Mailbox()
    taking = asyncio.create_task(mailbox.take())
    await asyncio.sleep(0)
    assert not taking.done()
    mailbox.put(ONE)
    mailbox.put(TWO)
    assert await taking is ONE
    assert await mailbox.take() is TWO


async def test_who_gives_up_waiting_loses_nothing() -> None:
    """A frame that comes afterwards is there for the next who asks."""
    mailbox = Mailbox()
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(mailbox.take(), 0)
    taking = asyncio.create_task(mailbox.take())
    await asyncio.sleep(0)
    taking.cancel()
    await asyncio.wait([taking])
    mailbox.put(ONE)
    assert await mailbox.take() is ONE
