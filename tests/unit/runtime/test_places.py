"""Places for runs: outer ones queue for theirs, nested ones have some of their own and never wait."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from runtime.errors import QueueFull
from runtime.places import Places


async def test_outer_runs_leave_places_for_nested_ones() -> None:
    """When outer runs hold all they can and one waits, nested ones still find places."""
    places = Places(8, queue=1)
    async with AsyncExitStack() as held:
        for _ in range(6):
            await held.enter_async_context(places.outer)
        waiting = asyncio.create_task(held.enter_async_context(places.outer))
        await asyncio.sleep(0)
        assert not waiting.done()
        for _ in range(2):
            await held.enter_async_context(places.nested)
        waiting.cancel()
        await asyncio.wait([waiting])


async def test_nested_runs_are_refused_at_once() -> None:
    """A nested run that finds no place is told so; one that ends gives its place back."""
    places = Places(4, queue=10)
    async with places.nested:
        with pytest.raises(QueueFull):
            await places.nested.__aenter__()
    async with places.nested:
        pass


async def test_a_full_queue_refuses_outer_runs() -> None:
    """So many outer runs wait; one more is refused, and a freed place goes to the one that waited."""
    places = Places(1, queue=1)
    began = asyncio.Event()

    async def run() -> None:
        async with places.outer:
            began.set()

    async with places.outer:
        waiting = asyncio.create_task(run())
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await places.outer.__aenter__()
        assert not began.is_set()
    await waiting
    assert began.is_set()


async def test_a_cancelled_wait_leaves_the_queue() -> None:
    """Who gives up waiting makes room for another."""
    places = Places(1, queue=1)
    async with places.outer:
        for _ in range(3):
            waiting = asyncio.create_task(places.outer.__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
