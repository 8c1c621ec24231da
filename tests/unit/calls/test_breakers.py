"""When a function is left alone, tried again, and taken back."""

from __future__ import annotations

import pytest

from runtime.errors import ErrorKind
from server.apps.policy import BreakerPolicy
from server.calls.breakers import Breaker

POLICY = BreakerPolicy(failures=3, pause=10)


def admitted(breaker: Breaker, now: float) -> int:
    """The turn of a run that is let through."""
    turn = breaker.admit(now)
    assert turn is not None
    return turn


def failing(breaker: Breaker, times: int, now: float = 0.0) -> None:
    """So many runs that fail, one after the other."""
    for _ in range(times):
        breaker.ended(admitted(breaker, now), failed=True, now=now)


def test_failures_in_a_row_open_it() -> None:
    """The last of them does; a run that ended well in between starts the count again."""
    breaker = Breaker(policy=POLICY)
    failing(breaker, 2)
    breaker.ended(admitted(breaker, 0), failed=False, now=0)
    failing(breaker, 2)
    breaker.ended(admitted(breaker, 0), failed=True, now=0)

    assert breaker.is_open
    assert breaker.admit(9.99) is None


def test_one_trial_after_the_pause() -> None:
    """Half open it lets one run begin; those beside it are refused until that one has ended."""
    breaker = Breaker(policy=POLICY)
    failing(breaker, 3)

    trial = admitted(breaker, 10)
    assert breaker.admit(10) is None
    breaker.ended(trial, failed=False, now=11)
    assert not breaker.is_open
    assert admitted(breaker, 11) == admitted(breaker, 11)


def test_trial_that_fails_opens_it_again() -> None:
    """The pause begins anew."""
    breaker = Breaker(policy=POLICY)
    failing(breaker, 3)
    failing(breaker, 1, now=10)

    assert breaker.admit(19.9) is None
    assert admitted(breaker, 20)


def test_trial_that_says_nothing_makes_room_for_another() -> None:
    """A trial that was cut off neither closes it nor blocks it for ever."""
    breaker = Breaker(policy=POLICY)
    failing(breaker, 3)
    breaker.ended(admitted(breaker, 10), failed=None, now=11)

    assert breaker.is_open
    assert admitted(breaker, 11)


@pytest.mark.parametrize("failed", [True, False, None])
def test_late_ends_decide_nothing(*, failed: bool | None) -> None:
    """A run that began before it opened and ends while it is open changes nothing."""
    breaker = Breaker(policy=POLICY)
    early = admitted(breaker, 0)
    failing(breaker, 3)
    breaker.ended(early, failed=failed, now=5)

    assert breaker.admit(9.9) is None
    assert admitted(breaker, 10)


@pytest.mark.parametrize("failed", [True, False, None])
def test_only_the_trial_decides(*, failed: bool | None) -> None:
    """A run that began before it opened, and ends while a trial runs, is not taken for the trial."""
    breaker = Breaker(policy=POLICY)
    early = admitted(breaker, 0)
    failing(breaker, 3)
    trial = admitted(breaker, 10)

    breaker.ended(early, failed=failed, now=11)
    assert breaker.is_open
    assert breaker.admit(30) is None
    breaker.ended(trial, failed=False, now=31)
    assert not breaker.is_open


def test_a_throw_is_an_answer() -> None:
    """Wrong passwords must not close a login; an author whose function throws for other reasons may count it."""
    throws = Breaker(policy=BreakerPolicy(failures=1, pause=1, count_throws=True))

    assert not Breaker(policy=POLICY).counts(ErrorKind.THREW)
    assert throws.counts(ErrorKind.THREW)
    assert all(Breaker(policy=POLICY).counts(kind) for kind in ErrorKind if kind is not ErrorKind.THREW)
    assert not throws.counts(None)
