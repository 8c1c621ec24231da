"""Places are shared between apps, and between the triggers of each, so that none starves."""

from __future__ import annotations

from itertools import count

import pytest

from server.triggers.sharing import GREED, GREED_AT_MAXIMUM, Places, share_out


def greedy(_: str) -> int:
    """Whoever takes what there is."""
    return 1000


@pytest.mark.parametrize(
    ("running", "free", "expected"),
    [
        ({}, 6, {"a": 2, "b": 2, "c": 2}),
        ({}, 2, {"a": 1, "b": 1}),
        ({"a": 4}, 4, {"b": 2, "c": 2}),
        ({"a": 5, "b": 1}, 3, {"b": 1, "c": 2}),
        ({}, 0, {}),
        ({"gone": 50}, 3, {"a": 1, "b": 1, "c": 1}),
    ],
)
def test_the_one_with_the_fewest_comes_next(running: dict[str, int], free: int, expected: dict[str, int]) -> None:
    """One place after the other goes to the one that has the fewest."""
    assert share_out(["a", "b", "c"], running, free=free, greed=greedy) == expected


@pytest.mark.parametrize(("greed", "expected"), [(GREED, 36), (GREED_AT_MAXIMUM, 44), (1, 24)])
def test_one_alone_leaves_something_free(greed: int, expected: int) -> None:
    """Whoever takes and never gives back has its part of the places, and no more."""
    assert share_out(["a"], {}, free=48, greed=lambda _: greed) == {"a": expected}
    assert share_out(["a"], {"a": expected}, free=48 - expected, greed=lambda _: greed) == {}


def test_who_comes_late_finds_places() -> None:
    """Some that take all that they may, one after the other, and give nothing back, leave something for the next."""
    running: dict[str, int] = {}
    for name in "abcd":
        running[name] = 0
        running[name] += share_out(list(running), running, free=64 - sum(running.values()))[name]
    assert running == {"a": 48, "b": 12, "c": 3, "d": 1}


def test_nobody_is_due() -> None:
    """Where nobody has events there is nothing to share."""
    assert share_out([], {"a": 1}, free=9) == {}


def test_apps_that_are_not_served_get_nothing() -> None:
    """What runs counts, whoever runs it; what is not deployed gets no place."""
    places = Places(most=8, served={"a", "b"}, running={"a": {"t": 1, "u": 2}, "gone": {"t": 1}})

    assert places.free == 4
    assert places.of_apps(["a", "c"]) == {"a": 3}
    assert places.of_apps(["c"]) == {}


def test_triggers_that_are_not_like_others() -> None:
    """`maximum_throughput` lifts a trigger's bound; disabled ones get no place (contract 8.2)."""
    greeds = {"a": {"eager": GREED_AT_MAXIMUM, "disabled": 0}}
    places = Places(most=64, served={"a"}, greeds=lambda app_id: greeds.get(app_id, {}))

    assert places.of_triggers("a", ["eager"], 48) == {"eager": 44}
    assert places.of_triggers("a", ["plain"], 48) == {"plain": 36}
    assert places.of_triggers("b", ["eager"], 48) == {"eager": 36}
    assert places.of_triggers("a", ["disabled", "plain"], 4) == {"plain": 3}
    assert places.wanted("a", 4) == 6


def test_as_many_triggers_are_looked_for_as_may_be_held_back_and_more() -> None:
    """Triggers that have their part already cannot hide those that have none."""
    running = dict(zip("abc", count(1), strict=False))
    places = Places(most=64, served={"app"}, running={"app": running}, last={"app": "b"})

    assert places.wanted("app", 5) == 8
    assert (places.turn_after("app"), places.turn_after("other")) == ("b", "")
