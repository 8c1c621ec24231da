"""When a function is left alone, tried again, and taken back."""

from __future__ import annotations

import pytest

from runtime.errors import ErrorKind
from server.apps.policy import BreakerPolicy
from server.calls.breakers import Breaker

POLICY = BreakerPolicy(failures=3, pause=10)


def failing(breaker: Breaker, times: int, now: float = 0.0) -> None:
    """So many runs that fail, one after the other."""
    for _ in range(times):
        assert breaker.admits(now)
        breaker.ended(failed=True, now=now)


def test_failures_in_a_row_open_it() -> None:
    """The last of them does; a run that ended well in between starts the count again."""
    breaker = Breaker(policy=POLICY)
    failing(breaker, 2)
    assert breaker.admits(0)
    breaker.ended(failed=False, now=0)
    failing(breaker, 2)
    assert breaker.admits(0)
    breaker.ended(failed=True, now=0)

    assert breaker.is_open
    assert not breaker.admits(9.99)


def test_one_trial_after_the_pause() -> None:
    """Half open it lets one run begin; those beside it are refused until that one has ended."""
    breaker = Breaker(policy=POLICY)
    failing(breaker, 3)

    assert breaker.admits(10)
    assert not breaker.admits(10)
    breaker.ended(failed=False, now=11)
    assert [breaker.admits(11), breaker.admits(11)] == [True, True]


def test_trial_that_fails_opens_it_again() -> None:
    """The pause begins anew."""
    breaker = Breaker(policy=POLICY)
    failing(breaker, 3)
    failing(breaker, 1, now=10)

    assert not breaker.admits(19.9)
    assert breaker.admits(20)


def test_trial_that_says_nothing_makes_room_for_another() -> None:
    """A trial that was cut off neither closes it nor blocks it for ever."""
    breaker = Breaker(policy=POLICY)
    failing(breaker, 3)
    assert breaker.admits(10)
    breaker.ended(failed=None, now=11)

    assert breaker.is_open
    assert breaker.admits(11)


@pytest.mark.parametrize("failed", [True, False, None])
def test_late_ends_decide_nothing(*, failed: bool | None) -> None:
    """A run that began before it opened and ends while it is open changes nothing."""
    breaker = Breaker(policy=POLICY)
    assert breaker.admits(0)
    failing(breaker, 3)
    breaker.ended(failed=failed, now=5)

    assert not breaker.admits(9.9)
    assert breaker.admits(10)


def test_a_throw_is_an_answer() -> None:
    """Wrong passwords must not close a login; an author whose function throws for other reasons may count it."""
    throws = Breaker(policy=BreakerPolicy(failures=1, pause=1, count_throws=True))

    assert not Breaker(policy=POLICY).counts(ErrorKind.THREW)
    assert throws.counts(ErrorKind.THREW)
    assert all(Breaker(policy=POLICY).counts(kind) for kind in ErrorKind if kind is not ErrorKind.THREW)
    assert not throws.counts(None)
