"""Schedules fire as App Services defines them, in UTC, whatever the local time zone does."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest

from server.apps.cron import CronError, parse_cron


def moment(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "after", "expected"),
    [
        ("*/1 * * * *", "2026-03-04 05:06:07", "2026-03-04 05:07"),
        ("* * * * *", "2026-03-04 05:06:00", "2026-03-04 05:07"),
        ("0 */24 * * *", "2026-03-04 05:06", "2026-03-05 00:00"),
        ("*/25 * * * *", "2026-03-04 05:26", "2026-03-04 05:50"),
        ("*/25 * * * *", "2026-03-04 05:50", "2026-03-04 06:00"),
        ("7-40/10 * * * *", "2026-03-04 05:00", "2026-03-04 05:10"),
        ("5,1 2 * * *", "2026-03-04 02:01", "2026-03-04 02:05"),
        ("0 9 * * MON", "2026-03-04 05:06", "2026-03-09 09:00"),
        ("0 20 * * 1-5", "2026-03-06 20:00", "2026-03-09 20:00"),
        ("0 0 * * SUN", "2026-03-04 00:00", "2026-03-08 00:00"),
        ("0 0 1 jan *", "2026-03-04 00:00", "2027-01-01 00:00"),
        ("0 0 13 * FRI", "2026-03-14 00:00", "2026-11-13 00:00"),
        ("0 0 29 2 *", "2026-03-04 00:00", "2028-02-29 00:00"),
        ("0 0 29 2 SUN", "2026-03-04 00:00", "2032-02-29 00:00"),
        ("0 0 31 * *", "2026-03-31 00:00", "2026-05-31 00:00"),
        ("59 23 31 12 *", "2026-12-31 23:59", "2027-12-31 23:59"),
    ],
)
def test_next_tick(schedule: str, after: str, expected: str) -> None:
    """The first tick later than the moment; day of month and weekday have to match both."""
    assert parse_cron(schedule).after(moment(after)) == moment(expected)


@pytest.mark.parametrize("schedule", ["*/7 3,5 * * *", "0 0 29 2 *", "30 12 1-7 * MON", "* * * * *"])
def test_backwards_is_forwards_reversed(schedule: str) -> None:
    """The ticks until a moment are those that the way forward meets."""
    cron = parse_cron(schedule)
    end = moment("2032-05-06 07:08")
    back = list(islice(cron.until(end), 4))
    forward = [back[-1]]
    while len(forward) < 4:
        forward.append(cron.after(forward[-1]))
    assert forward == back[::-1]
    assert cron.after(end) > end >= back[0]


@pytest.mark.parametrize("night", ["2026-03-29", "2026-10-25"])
def test_daylight_saving_changes_nothing(night: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the nights when clocks in Berlin are set, ticks are an hour apart as ever, none missing, none twice."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    cron = parse_cron("30 * * * *")
    ticks = [moment(f"{night} 00:00")]
    while len(ticks) < 6:
        ticks.append(cron.after(ticks[-1].astimezone(ZoneInfo("Europe/Berlin"))))
    monkeypatch.undo()
    time.tzset()

    assert [later - earlier for earlier, later in pairwise(ticks[1:])] == [timedelta(hours=1)] * 4


@pytest.mark.parametrize(
    ("schedule", "saying"),
    [
        ("", "five fields"),
        ("* * * *", "five fields"),
        ("@daily", "five fields"),
        ("* * * * * *", "five fields"),
        ("60 * * * *", "minute: '60' is not in 0-59"),
        pytest.param("9" * 5000 + " * * * *", "minute: '999.*' is not in 0-59", id="too many digits"),
        pytest.param("*/" + "9" * 5000 + " * * * *", "step that is not understood", id="too long a step"),
        ("*/\u0663 * * * *", "step that is not understood"),
        ("* 24 * * *", "hour: '24'"),
        ("* * 0 * *", "day of month: '0' is not in 1-31"),
        ("* * L * *", "day of month: 'L'"),
        ("* * * 13 *", "month: '13'"),
        ("* * * * 7", "day of week: '7' is not in 0-6"),
        ("* * * * MON#1", "day of week"),
        ("5-1 * * * *", "ends before it begins"),
        ("*/0 * * * *", "step"),
        ("*/x * * * *", "step"),
        ("* * */2 * *", "step"),
        ("1/50 * * * *", "allows no value"),
        ("-1 * * * *", "minute"),
        ("٣ * * * *", "minute"),
        ("0 0 30 2 *", "never fire"),
    ],
)
def test_what_is_no_schedule(schedule: str, saying: str) -> None:
    """Everything else is refused, and the message says which field."""
    with pytest.raises(CronError, match=saying):
        parse_cron(schedule)
