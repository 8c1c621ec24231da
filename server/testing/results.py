"""What came of tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from runtime.messages import LogLine, Stats


class TestingError(Exception):
    """The tests cannot be run at all; the message says why, and what to do."""

    __test__ = False


class State(StrEnum):
    """How a test ended, or that it was not run."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a test failed: what was thrown, where, and what differs from what was expected, line by line."""

    message: str
    stack: str = ""
    difference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One test: its file relative to the app, the titles that lead to it, and what it used.

    `asked` counts its host calls by operation; requests that it declared answers to are `http`.
    """

    file: str
    titles: tuple[str, ...]
    state: State
    seconds: float = 0.0
    stats: Stats = field(default_factory=Stats)
    asked: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    logs: tuple[LogLine, ...] = ()
    reason: str = ""
    """Why it was skipped."""

    @property
    def name(self) -> str:
        """All titles in a line."""
        return " > ".join(self.titles)

    @property
    def host_calls(self) -> int:
        """All that it asked."""
        return sum(self.asked.values())


def count(results: list[Result], state: State) -> int:
    """How many ended so."""
    return sum(result.state is state for result in results)
