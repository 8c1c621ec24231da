"""What an app's functions have beyond App Services: narrower limits and hosts, hidden secrets, circuit breakers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from server.apps.outgoing_webhooks import OutgoingWebhook


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRule:
    """Requests that are allowed: to hosts (`host`, `host:port`, `*.domain`), with methods and paths; None: all."""

    hosts: tuple[str, ...]
    methods: frozenset[str] | None = None
    paths: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    """When a function is left alone: after so many failures in a row, for so many seconds; then one run is tried."""

    failures: int
    pause: float
    count_throws: bool = False


class RecordWhen(StrEnum):
    """Which calls of a function are recorded."""

    FAILURES = "failures"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionPolicy:
    """What narrows one function, or all: limits by their names in `runtime.limits`; `http` None: no rules."""

    limits: Mapping[str, float] = field(default_factory=dict)
    http: tuple[HttpRule, ...] | None = None
    breaker: BreakerPolicy | None = None
    record: RecordWhen | None = None
    """Which of its calls are recorded, None: none; never said for all functions at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretHandle:
    """A secret whose text no guest sees: `placeholder` stands for it, and only requests to these hosts carry it."""

    name: str
    text: str = field(repr=False)
    placeholder: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPolicy:
    """How long and how much of an app's log is kept, None: as the server has it; whether arguments are part of it."""

    days: float | None = None
    megabytes: float | None = None
    arguments: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The policy of an app, of those functions that have one of their own, and its secret handles by name."""

    app: FunctionPolicy = field(default_factory=FunctionPolicy)
    functions: Mapping[str, FunctionPolicy] = field(default_factory=dict)
    handles: Mapping[str, SecretHandle] = field(default_factory=dict)
    webhooks: Mapping[str, OutgoingWebhook] = field(default_factory=dict)
    logs: LogPolicy = field(default_factory=LogPolicy)
    personal: tuple[str, ...] = ()
    """Paths of fields whose values are kept out of logs and recordings."""
    users_outlive_creation_failure: bool = False
    """Whether a user whose creation function failed exists all the same."""

    def limits(self, function: str) -> dict[str, float]:
        """The limits wanted for a function: its own where it has them, else the app's."""
        own = self.functions.get(function)
        return {**self.app.limits, **(own.limits if own else {})}

    def records(self, function: str) -> RecordWhen | None:
        """Which calls of a function are recorded."""
        own = self.functions.get(function)
        return own.record if own else None

    def breaker(self, function: str) -> BreakerPolicy | None:
        """The circuit breaker of a function: its own, else the app's; None: it is never left alone."""
        own = self.functions.get(function)
        return (own.breaker if own else None) or self.app.breaker

    def http(self, function: str) -> tuple[tuple[HttpRule, ...], ...]:
        """Lists of rules of which each must allow a request of this function."""
        of_both = (self.app, self.functions.get(function))
        return tuple(policy.http for policy in of_both if policy is not None and policy.http is not None)
