"""The schedules of App Services (contract 8.3): five fields, in UTC, all of which have to match."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
NEVER: Final = datetime.max.replace(tzinfo=UTC)
_FARTHEST: Final = timedelta(days=41 * 366)
"""No schedule that ever fires rests longer: 29 February on a given weekday, over a century without a leap day."""

_MOST_DIGITS: Final = 9


class CronError(Exception):
    """The schedule cannot be understood or never fires; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """When a schedule fires: whole minutes that every field allows. Weekdays count from Sunday, 0."""

    text: str
    times: tuple[time, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def after(self, moment: datetime) -> datetime:
        """The first tick later than the aware moment."""
        start = moment.astimezone(UTC)
        ticks = (tick for day in self._days(start.date(), 1) for tick in self._ticks(day) if tick > start)
        return next(ticks, NEVER)

    def until(self, moment: datetime) -> Iterator[datetime]:
        """The ticks that are not later than the aware moment, the last one first."""
        start = moment.astimezone(UTC)
        for day in self._days(start.date(), -1):
            yield from (tick for tick in reversed(self._ticks(day)) if tick <= start)

    def _days(self, start: date, step: int) -> Iterator[date]:
        for number in range(_FARTHEST.days):
            day = start + timedelta(days=step * number)
            if day.month in self.months and day.day in self.days and day.isoweekday() % 7 in self.weekdays:
                yield day

    def _ticks(self, day: date) -> list[datetime]:
        return [datetime.combine(day, at, UTC) for at in self.times]


def parse_cron(text: str) -> Cron:
    """The schedule of a text. Raises CronError."""
    fields = text.split()
    if len(fields) != 5:
        raise CronError(f"a schedule has five fields, not {len(fields)}")
    minutes = _numbers("minute", fields[0], range(60), steps=True)
    hours = _numbers("hour", fields[1], range(24), steps=True)
    cron = Cron(
        text=text,
        times=tuple(time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes)),
        days=_numbers("day of month", fields[2], range(1, 32)),
        months=_numbers("month", fields[3], range(1, 13), names=_MONTHS),
        weekdays=_numbers("day of week", fields[4], range(7), names=_WEEKDAYS),
    )
    if cron.after(datetime(2000, 1, 1, tzinfo=UTC)) == NEVER:
        raise CronError("there is no such date: the schedule would never fire")
    return cron


def _numbers(
    field: str, text: str, allowed: range, *, names: tuple[str, ...] = (), steps: bool = False
) -> frozenset[int]:
    found: set[int] = set()
    for part in text.upper().split(","):
        span, slash, step = part.partition("/")
        if slash and not (steps and _is_number(step) and int(step)):
            raise CronError(f"{field}: {part[:50]!r} has a step that is not understood")
        every = int(step) if slash else 1
        # App Services' own definition of a step: the values that it divides, not every n-th of the span.
        found.update(value for value in _span(field, span, allowed, names) if value % every == 0)
    if not found:
        raise CronError(f"{field}: {text!r} allows no value")
    return frozenset(found)


def _span(field: str, text: str, allowed: range, names: tuple[str, ...]) -> range:
    if text == "*":
        return allowed
    first, dash, last = text.partition("-")
    low = _number(field, first, allowed, names)
    high = _number(field, last, allowed, names) if dash else low
    if high < low:
        raise CronError(f"{field}: the span {text!r} ends before it begins")
    return range(low, high + 1)


def _number(field: str, text: str, allowed: range, names: tuple[str, ...]) -> int:
    if text in names:
        return allowed.start + names.index(text)
    if not (_is_number(text) and int(text) in allowed):
        raise CronError(f"{field}: {text[:50]!r} is not in {allowed.start}-{allowed.stop - 1}")
    return int(text)


def _is_number(text: str) -> bool:
    """Whether the text is a number of no more digits than any field needs."""
    return len(text) <= _MOST_DIGITS and text.isascii() and text.isdecimal()
