"""Retries wait longer each time, within bounds, and end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from server.events import EventKind, QueuedEvent, Retry, TriggerEvent
from server.triggers.retrying import LONGEST_PAUSE, after_failure, after_interruption

NOW = datetime(2026, 3, 4, tzinfo=UTC)
RETRY = Retry(attempts=5, first_delay=timedelta(seconds=2), longest_delay=timedelta(seconds=7), deadline=timedelta(1))


def queued(failures: int, retry: Retry = RETRY, *, attempts: int = 1) -> QueuedEvent:
    """An event that failed so often before this run."""
    event = TriggerEvent(
        id="e", app_id="app", kind=EventKind.DATABASE, trigger_name="t", function_name="f",
        arguments=(), created_at=NOW, retry=retry,
    )  # fmt: skip
    return QueuedEvent(event=event, attempts=attempts, failures=failures, give_up_at=NOW + retry.deadline)


def most() -> float:
    """The longest wait that chance gives, but for a hair."""
    return 1.0


def least() -> float:
    """The shortest wait that chance gives."""
    return 0.0


def test_waits_double_up_to_the_longest() -> None:
    """2, 4, then 7 seconds; the fifth failure is the last."""
    waits = [after_failure(queued(failures), NOW, most) for failures in range(5)]
    assert waits == [*(NOW + timedelta(seconds=seconds) for seconds in (2, 4, 7, 7)), None]


def test_chance_takes_up_to_a_half() -> None:
    """Events that failed together do not come back together."""
    assert after_failure(queued(1), NOW, least) == NOW + timedelta(seconds=2)
    assert after_failure(queued(1), NOW, lambda: 0.5) == NOW + timedelta(seconds=3)


def test_once_is_once() -> None:
    """Without retries the first failure is the last."""
    assert after_failure(queued(0, Retry()), NOW, least) is None


def test_deadline_ends_the_attempts() -> None:
    """An attempt that would begin after the deadline is not waited for."""
    short = replace(RETRY, deadline=timedelta(seconds=2))
    assert after_failure(queued(0, short), NOW, most) is None
    assert after_failure(queued(0, short), NOW, least) == NOW + timedelta(seconds=1)


def test_large_numbers_do_no_harm() -> None:
    """However often it failed and however long it may wait, the sum stays a date."""
    patient = Retry(attempts=10**6, first_delay=timedelta(1), longest_delay=timedelta(1), deadline=timedelta(10**5))
    assert after_failure(queued(10**5, patient), NOW, most) == NOW + timedelta(1)
    assert after_interruption(queued(0, patient, attempts=10**5), NOW, most) == NOW + LONGEST_PAUSE


def test_interruptions_are_tried_again_soon() -> None:
    """The first is tried again at once or nearly so, whatever the trigger's own waits."""
    assert after_interruption(queued(0), NOW, most) == NOW + timedelta(seconds=0.2)
    assert after_interruption(queued(3, attempts=5), NOW, most) == NOW + timedelta(seconds=0.4)
