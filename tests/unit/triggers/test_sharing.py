"""Places are shared between apps so that none starves."""

from __future__ import annotations

import pytest

from server.triggers.sharing import share_out


@pytest.mark.parametrize(
    ("running", "room", "expected"),
    [
        ({}, 6, {"a": 2, "b": 2, "c": 2}),
        ({}, 2, {"a": 1, "b": 1}),
        ({"a": 4}, 4, {"b": 2, "c": 2}),
        ({"a": 5, "b": 1}, 3, {"b": 1, "c": 2}),
        ({}, 0, {}),
        ({}, 100, {"a": 5, "b": 5, "c": 5}),
        ({"a": 5, "b": 5, "c": 9}, 3, {}),
        ({"gone": 50}, 3, {"a": 1, "b": 1, "c": 1}),
    ],
)
def test_the_one_with_the_fewest_comes_next(running: dict[str, int], room: int, expected: dict[str, int]) -> None:
    """One place after the other goes to the app that has the fewest, up to what one app may have."""
    assert share_out(["a", "b", "c"], running, room=room, most=5) == expected


def test_nobody_is_due() -> None:
    """Where no app has events there is nothing to share."""
    assert share_out([], {"a": 1}, room=9, most=5) == {}
