"""Windows of `$setWindowFields`, on both stores."""

from __future__ import annotations

import pytest
from bson import Int64

from server.ejson import Value
from tests.unit.documents.conftest import IN_BOTH_STORES, Things

pytestmark = IN_BOTH_STORES


@pytest.mark.parametrize(
    ("bounds", "longs"),
    [
        (["unbounded", "current"], [False, True, True, True]),
        (["unbounded", "unbounded"], [True, True, True, True]),
        ([-1, 0], [False, True, False, False]),
        ([0, "unbounded"], [True, False, False, False]),
    ],
)
async def test_sum_of_a_moving_window_is_int_wherever_it_fits(
    things: Things, bounds: list[Value], longs: list[bool]
) -> None:
    """Where values leave the window again, a long among them does not make the sum a long; elsewhere it does."""
    await things.fill({"_id": 1, "a": 2**31 - 1}, {"_id": 2, "a": Int64(1)}, {"_id": 3, "a": 1}, {"_id": 4, "a": 1})
    output: Value = {"sum": {"$sum": "$a", "window": {"documents": bounds}}}

    found = await things.run("aggregate", pipeline=[{"$setWindowFields": {"sortBy": {"_id": 1}, "output": output}}])
    assert isinstance(found, list)
    assert [isinstance(each["sum"], Int64) for each in found if isinstance(each, dict)] == longs
