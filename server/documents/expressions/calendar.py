"""Dates as text and text as dates: formats, time zones, ISO 8601."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import regex
from bson import ObjectId, Timestamp
from bson.datetime_ms import DatetimeMS

from server.documents.errors import DocumentError
from server.documents.values import is_date, is_text, type_name
from server.ejson import Value

CONVERSION_FAILURE: Final = 241
OFFSET: Final = regex.compile(r"([+-])(\d{2}):?(\d{2})?")
ISO: Final = regex.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[T ](\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?)?)?"
    r"\s*(Z|[+-]\d{2}:?(?:\d{2})?|[A-Za-z_]+/[A-Za-z_]+)?"
)


def aware(value: datetime | DatetimeMS) -> datetime:
    """The date as a datetime in UTC; refused beyond the years 1 to 9999."""
    if isinstance(value, DatetimeMS):
        raise _beyond()
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def local(date: datetime, within: tzinfo) -> datetime:
    """The date in a time zone; refused beyond the years 1 to 9999, where it is another one."""
    try:
        return date.astimezone(within)
    except OverflowError:
        raise _beyond() from None


def _beyond() -> DocumentError:
    return DocumentError(18537, "the date is outside of the years 1 to 9999")


def iso_text(value: datetime | DatetimeMS) -> str:
    """The date in ISO 8601 with milliseconds, in UTC."""
    date = aware(value).astimezone(UTC)
    return f"{date:%Y-%m-%dT%H:%M:%S}.{date.microsecond // 1000:03d}Z".rjust(24, "0")


def zone(name: str) -> tzinfo:
    """A time zone by its Olson name or its offset from UTC."""
    if name in ("UTC", "GMT", "Z", "Zulu"):
        return UTC
    match = OFFSET.fullmatch(name)
    try:
        if match is not None:
            sign = -1 if match[1] == "-" else 1
            return timezone(sign * timedelta(hours=int(match[2]), minutes=int(match[3] or 0)))
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DocumentError(40485, f'unrecognized time zone identifier: "{name}"') from error


def parse_date(text: str, within: tzinfo = UTC) -> datetime:
    """The date that an ISO 8601 text names."""
    match = ISO.fullmatch(text.strip())
    if match is None:
        raise DocumentError(CONVERSION_FAILURE, f"Error parsing date string '{text}'")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    microsecond = int((match[7] or "0").ljust(6, "0")[:6])
    try:
        local = datetime(year, month, day, hour, minute, second, microsecond // 1000 * 1000, tzinfo=UTC)
        return local.replace(tzinfo=zone(match[8]) if match[8] else within).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DocumentError(CONVERSION_FAILURE, f"Error parsing date string '{text}': {error}") from error


def _offset(date: datetime) -> timedelta:
    return date.utcoffset() or timedelta()


def _offset_text(date: datetime) -> str:
    minutes = int(_offset(date).total_seconds() // 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}{abs(minutes) % 60:02d}"


DIRECTIVES: Final[dict[str, Callable[[datetime], str]]] = {
    "Y": lambda date: f"{date.year:04d}",
    "m": lambda date: f"{date.month:02d}",
    "d": lambda date: f"{date.day:02d}",
    "H": lambda date: f"{date.hour:02d}",
    "M": lambda date: f"{date.minute:02d}",
    "S": lambda date: f"{date.second:02d}",
    "L": lambda date: f"{date.microsecond // 1000:03d}",
    "j": lambda date: f"{date.timetuple().tm_yday:03d}",
    "u": lambda date: str(date.isoweekday()),
    "w": lambda date: str(date.isoweekday() % 7 + 1),
    "U": lambda date: f"{week_of_year(date):02d}",
    "V": lambda date: f"{date.isocalendar().week:02d}",
    "G": lambda date: f"{date.isocalendar().year:04d}",
    "b": lambda date: date.strftime("%b"),
    "B": lambda date: date.strftime("%B"),
    "z": _offset_text,
    "Z": lambda date: f"{_offset(date).total_seconds() // 60:.0f}",
    "%": lambda date: "%",
}


def week_of_year(date: datetime) -> int:
    """The week of the year, 0 to 53; weeks begin on Sundays."""
    return (date.timetuple().tm_yday + 6 - date.isoweekday() % 7) // 7


def format_date(value: datetime | DatetimeMS, pattern: str, within: tzinfo) -> str:
    """The date as text by MongoDB's format directives."""
    date = local(aware(value), within)
    result: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern[at] != "%":
            result.append(pattern[at])
            at += 1
            continue
        write = DIRECTIVES.get(pattern[at + 1 : at + 2])
        if write is None:
            raise DocumentError(18536, f"Invalid format character '{pattern[at : at + 2]}' in format string")
        result.append(write(date))
        at += 2
    return "".join(result)


PARSED: Final[dict[str, str]] = {
    "Y": r"(?P<Y>\d{4})",
    "m": r"(?P<m>\d{1,2})",
    "d": r"(?P<d>\d{1,2})",
    "H": r"(?P<H>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "L": r"(?P<L>\d{1,3})",
    "j": r"(?P<j>\d{1,3})",
    "b": r"(?P<b>[A-Za-z]{3})",
    "B": r"(?P<B>[A-Za-z]{3,9})",
    "z": r"(?P<z>Z|[+-]\d{2}:?\d{2})",
    "%": "%",
}
MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def parse_date_by(text: str, pattern: str, within: tzinfo) -> datetime:
    """The date that a text names by a format."""
    match = regex.fullmatch(_format_pattern(pattern), text)
    if match is None:
        raise DocumentError(
            CONVERSION_FAILURE, f"Error parsing date string '{text}'; it does not fit the format '{pattern}'"
        )
    found = {name: part for name, part in match.groupdict().items() if part is not None}
    named = (found.get("b") or found.get("B") or "")[:3].lower()
    month = MONTHS.index(named) + 1 if named in MONTHS else int(found.get("m", 1))
    year, day, hour, minute, second, thousandth = (
        int(found.get(name, default)) for name, default in zip("YdHMSL", (1970, 1, 0, 0, 0, 0), strict=True)
    )
    try:
        local = datetime(year, month, day, hour, minute, second, thousandth * 1000, tzinfo=UTC)
        if "j" in found:
            local = local.replace(month=1, day=1) + timedelta(days=int(found["j"]) - 1)
        return local.replace(tzinfo=zone(found["z"]) if "z" in found else within).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DocumentError(CONVERSION_FAILURE, f"Error parsing date string '{text}': {error}") from error


def _format_pattern(pattern: str) -> str:
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        if pattern[at] == "%":
            directive = PARSED.get(pattern[at + 1 : at + 2])
            if directive is None or (directive in parts and directive != "%"):
                raise DocumentError(18536, f"Invalid format character '{pattern[at : at + 2]}' in format string")
            parts.append(directive)
            at += 2
        else:
            parts.append(regex.escape(pattern[at]))
            at += 1
    return "".join(parts)


def date_of(name: str, value: Value) -> datetime:
    """The value as a date; ObjectIds and timestamps have one."""
    if is_date(value):
        return aware(value)
    if isinstance(value, ObjectId):
        return value.generation_time
    if isinstance(value, Timestamp):
        return value.as_datetime()
    raise DocumentError(16006, f"can't convert from BSON type {type_name(value)} to Date in {name}")


def zone_of(value: Value) -> tzinfo:
    """The time zone that a value names; refused where it is no text."""
    if not is_text(value):
        raise DocumentError(40517, f"timezone must evaluate to a string, found {type_name(value)}")
    return zone(value)
