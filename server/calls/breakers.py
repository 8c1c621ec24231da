"""Circuit breakers: a function that keeps failing is left alone for a while, then tried once."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.errors import ErrorKind
from server.apps.model import App
from server.apps.policy import BreakerPolicy


@dataclass(slots=True, kw_only=True)
class Breaker:
    """One function's, open since `opened_at`; times are seconds of a clock that never goes back."""

    policy: BreakerPolicy
    failures: int = 0
    opened_at: float | None = None
    trial_runs: bool = False

    @property
    def is_open(self) -> bool:
        """Whether the function is left alone, but for a trial."""
        return self.opened_at is not None

    def admits(self, now: float) -> bool:
        """Whether a run may begin. Half open, after the pause, it is one run; its end decides."""
        if self.opened_at is None:
            return True
        if self.trial_runs or now < self.opened_at + self.policy.pause:
            return False
        self.trial_runs = True
        return True

    def ended(self, *, failed: bool | None, now: float) -> None:
        """A run that was admitted has ended; None: in a way that says nothing of the function.

        One that began before the breaker opened decides nothing any more.
        """
        if self.opened_at is not None and not self.trial_runs:
            return
        self.trial_runs = False
        if failed is False:
            self.failures, self.opened_at = 0, None
        elif failed:
            self.failures += 1
            if self.opened_at is not None or self.failures >= self.policy.failures:
                self.opened_at = now

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
