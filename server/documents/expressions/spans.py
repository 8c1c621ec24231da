"""Spans of calendar time: adding them, counting them, cutting dates down to them."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from server.documents.errors import DocumentError
from server.ejson import Value

MONTHS: Final[dict[str, int]] = {"year": 12, "quarter": 3, "month": 1}
SPANS: Final[dict[str, timedelta]] = {
    "week": timedelta(weeks=1),
    "day": timedelta(days=1),
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "second": timedelta(seconds=1),
    "millisecond": timedelta(milliseconds=1),
}
UNITS: Final = frozenset(MONTHS) | frozenset(SPANS)
ORIGIN: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Where the bins of `$dateTrunc` are counted from, in the date's own time zone."""
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def week_start(name: Value) -> int:
    """The weekday on which weeks begin, Monday 0."""
    wanted = str(name).lower()
    for number, weekday in enumerate(WEEKDAYS):
        if wanted in (weekday, weekday[:3]):
            return number
    raise DocumentError(5439015, f"unknown day of week value: {name}")


def shifted(date: datetime, unit: str, amount: int, within: tzinfo) -> datetime:
    """The date so many units later; days and longer are counted in the time zone, month ends are kept."""
    try:
        if unit in MONTHS:
            return _by_months(date.astimezone(within), MONTHS[unit] * amount).astimezone(UTC)
        if unit in ("week", "day"):
            return (date.astimezone(within) + amount * SPANS[unit]).astimezone(UTC)
        return date + amount * SPANS[unit]
    except (ValueError, OverflowError) as error:
        raise DocumentError(5166406, f"the date is out of range: {error}") from error


def _by_months(date: datetime, months: int) -> datetime:
    total = date.year * 12 + date.month - 1 + months
    year, month = total // 12, total % 12 + 1
    return date.replace(year=year, month=month, day=min(date.day, calendar.monthrange(year, month)[1]))


def difference(start: datetime, end: datetime, unit: str, first_weekday: int) -> int:
    """How many boundaries of the unit lie between the dates, both in their time zone."""
    if unit in MONTHS:
        return _month_number(end) // MONTHS[unit] - _month_number(start) // MONTHS[unit]
    if unit in ("hour", "minute", "second", "millisecond"):
        start, end = start.astimezone(UTC), end.astimezone(UTC)
    first, last = (_since_origin(date, unit, first_weekday) // SPANS[unit] for date in (start, end))
    return last - first


def _month_number(date: datetime) -> int:
    return date.year * 12 + date.month - 1


def _since_origin(date: datetime, unit: str, first_weekday: int) -> timedelta:
    """The wall-clock time since the origin, for weeks since the week's first day before it."""
    since = date.replace(tzinfo=UTC) - ORIGIN
    return since + timedelta(days=(ORIGIN.weekday() - first_weekday) % 7) if unit == "week" else since


def truncated(date: datetime, unit: str, size: int, first_weekday: int) -> datetime:
    """The beginning of the bin of `size` units in which the date lies."""
    if size <= 0:
        raise DocumentError(5439018, f"$dateTrunc requires 'binSize' to be greater than 0, but got value {size}")
    try:
        return _bin_start(date, unit, size, first_weekday).replace(tzinfo=date.tzinfo).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DocumentError(5166406, f"the date is out of range: {error}") from error


def _bin_start(date: datetime, unit: str, size: int, first_weekday: int) -> datetime:
    if unit in MONTHS:
        months = MONTHS[unit] * size
        origin = ORIGIN.year * 12
        start = origin + (_month_number(date) - origin) // months * months
        return datetime(start // 12, start % 12 + 1, 1, tzinfo=UTC)
    since = _since_origin(date, unit, first_weekday)
    behind = since % (SPANS[unit] * size)
    return date.replace(tzinfo=UTC) - behind
