"""Circuit breakers: a function that keeps failing is left alone for a while, then tried once."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.errors import ErrorKind
from server.apps.model import App
from server.apps.policy import BreakerPolicy


@dataclass(slots=True, kw_only=True)
class Breaker:
    """One function's, open since `opened_at`; times are seconds of a clock that never goes back.

    A turn ends when it opens and when a trial begins: how a run of an earlier turn ends decides nothing any more.
    """

    policy: BreakerPolicy
    failures: int = 0
    opened_at: float | None = None
    trial_runs: bool = False
    turn: int = 1

    @property
    def is_open(self) -> bool:
        """Whether the function is left alone, but for a trial."""
        return self.opened_at is not None

    def admit(self, now: float) -> int | None:
        """The turn of a run that may begin; None: it may not. Half open, after the pause, one may; its end decides."""
        if self.opened_at is None:
            return self.turn
        if self.trial_runs or now < self.opened_at + self.policy.pause:
            return None
        self.trial_runs = True
        self.turn += 1
        return self.turn

    def ended(self, turn: int, *, failed: bool | None, now: float) -> None:
        """A run of this turn has ended; None: in a way that says nothing of the function."""
        if turn != self.turn:
            return
        was_trial, self.trial_runs = self.trial_runs, False
        if failed is False:
            self.failures, self.opened_at = 0, None
        elif failed:
            self.failures += 1
            if was_trial or self.failures >= self.policy.failures:
                self.opened_at = now
                self.turn += 1

    def counts(self, kind: ErrorKind | None) -> bool:
        """Whether a run that ended so has failed; None is a run that returned.

        A throw is an answer, as a login function's to a wrong password, unless the author says that it is none.
        """
        return kind is not None and (kind is not ErrorKind.THREW or self.policy.count_throws)


class Breakers:
    """The breakers of all functions that have one, in this process; a new version of an app begins afresh."""

    def __init__(self) -> None:
        self._breakers: dict[tuple[str, str], tuple[str, Breaker]] = {}

    def of(self, app: App, name: str) -> Breaker | None:
        """The function's; None where the app's policy gives it none."""
        policy = app.policy.breaker(name)
        if policy is None:
            return None
        key = (app.app_id, name)
        version, breaker = self._breakers.get(key, ("", None))
        if breaker is None or version != app.version:
            breaker = Breaker(policy=policy)
            self._breakers[key] = (app.version, breaker)
        return breaker
