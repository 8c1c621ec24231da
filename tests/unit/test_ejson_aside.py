"""Large values are read and written without holding up the event loop, and only so many of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from server import ejson
from server.ejson.aside import MOST_SEPARATORS


async def lets_others_run(work: Awaitable[object]) -> bool:
    """Whether something else that is ready runs before the work is done."""
    others = asyncio.create_task(asyncio.sleep(0))
    await work
    was_run = others.done()
    await others
    return was_run


@pytest.mark.parametrize(
    ("value", "is_aside"),
    [([1] * 5000, True), ([{"a": [1] * 10}] * 1000, True), ({"a": [1] * 10}, False), ("x" * 10**6, False)],
)
async def test_many_values_are_written_beside_the_event_loop(value: ejson.Value, *, is_aside: bool) -> None:
    """Numbers by the thousand are; what is written at once is not worth a thread."""
    assert await ejson.dumps_aside(value) == ejson.dumps(value)
    assert await lets_others_run(ejson.dumps_aside(value)) is is_aside


async def test_a_large_text_is_read_beside_the_event_loop() -> None:
    """Others go on meanwhile."""
    assert await lets_others_run(ejson.loads_aside(b"[" + b"1," * 100_000 + b"1]"))


@pytest.mark.parametrize("item", [b"1", b"[]", b'{"a":"\\""}'])
async def test_too_many_values_are_refused(item: bytes) -> None:
    """A body full of small values is more work than its size says."""
    with pytest.raises(ejson.EjsonError, match="too many values"):
        await ejson.loads_aside(b"[" + b",".join([item] * MOST_SEPARATORS) + b",1,1]")


async def test_commas_and_brackets_of_a_text_are_no_values() -> None:
    """A table sent as one text is one value, whatever it is made of."""
    table = '1,[2],{"3": "\\\\"}\n' * (MOST_SEPARATORS // 4)

    assert await ejson.loads_aside(ejson.dumps([table])) == [table]
