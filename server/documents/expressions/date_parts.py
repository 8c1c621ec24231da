"""Expression operators on the parts of dates: reading one, taking a date apart, making one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from bson import Int64, Timestamp
from bson.datetime_ms import DatetimeMS

from server.documents.errors import DocumentError
from server.documents.expressions.arrays import integer_of
from server.documents.expressions.calendar import date_of, local, week_of_year, zone_of
from server.documents.expressions.compiler import Compile, Evaluate, Scope, compile_expression
from server.documents.expressions.operands import compiled_arguments, named_arguments, unary
from server.documents.values import is_absent, is_true, milliseconds, moment, type_name
from server.ejson import Document, Value


def _part(name: str, read: Callable[[datetime], int]) -> Compile:
    def compile_operator(operand: Value) -> Evaluate:
        named: Document = {"date": operand[0] if isinstance(operand, list) and len(operand) == 1 else operand}
        if isinstance(operand, dict) and "date" in operand:
            named = named_arguments(name, operand, ("date",), ("timezone",))
        date, timezone = compile_expression(named["date"]), compile_expression(named.get("timezone", "UTC"))

        def evaluate(scope: Scope) -> Value:
            value, within = date(scope), timezone(scope)
            if is_absent(value) or is_absent(within):
                return None
            return read(local(date_of(name, value), zone_of(within)))

        return evaluate

    return compile_operator


PARTS: Final[dict[str, Callable[[datetime], int]]] = {
    "$year": lambda date: date.year,
    "$month": lambda date: date.month,
    "$dayOfMonth": lambda date: date.day,
    "$hour": lambda date: date.hour,
    "$minute": lambda date: date.minute,
    "$second": lambda date: date.second,
    "$millisecond": lambda date: date.microsecond // 1000,
    "$dayOfYear": lambda date: date.timetuple().tm_yday,
    "$dayOfWeek": lambda date: date.isoweekday() % 7 + 1,
    "$week": week_of_year,
    "$isoWeek": lambda date: date.isocalendar().week,
    "$isoWeekYear": lambda date: Int64(date.isocalendar().year),
    "$isoDayOfWeek": lambda date: date.isoweekday(),
}
FROM_PARTS: Final = ("year", "month", "day", "hour", "minute", "second", "millisecond", "timezone")
FROM_ISO_PARTS: Final = (
    "isoWeekYear",
    "isoWeek",
    "isoDayOfWeek",
    "hour",
    "minute",
    "second",
    "millisecond",
    "timezone",
)
NEAR: Final = (400, 9600)
"""Years from which no parts lead out of those that Python knows, save huge numbers of seconds."""
CYCLE_YEARS: Final = 400
CYCLE_MILLISECONDS: Final = 146_097 * 86_400_000
"""After so many years the calendar and its weekdays are the same again."""


def _from_parts(operand: Value) -> Evaluate:
    is_iso = isinstance(operand, dict) and "isoWeekYear" in operand
    names = FROM_ISO_PARTS if is_iso else FROM_PARTS
    parts = compiled_arguments("$dateFromParts", operand, names[:1], names[1:])

    def evaluate(scope: Scope) -> Value:
        values = {name: part(scope) for name, part in parts.items()}
        if any(is_absent(value) for value in values.values()):
            return None
        numbers = {
            name: integer_of(f"'{name}' of $dateFromParts", value, 40515)
            for name, value in values.items()
            if name != "timezone"
        }
        for name, number in numbers.items():
            _check_part(name, number)
        return _assembled(numbers, zone_of(values.get("timezone", "UTC")), is_iso=is_iso)

    return evaluate


def _check_part(name: str, number: int) -> None:
    if name in ("year", "isoWeekYear"):
        code, low, high = (40523 if name == "year" else 31095), 1, 9999
    else:
        code, low, high = 31034, -(2**15), 2**15 - 1
    if not low <= number <= high and name not in ("second", "millisecond"):
        raise DocumentError(
            code, f"'{name}' must evaluate to a value in the range [{low}, {high}]; value {number} is not in range"
        )


def _assembled(numbers: dict[str, int], within: tzinfo, *, is_iso: bool) -> datetime | DatetimeMS:
    """The date of the parts; a part beyond its range runs over into the next, and past the years that Python knows."""
    name = "isoWeekYear" if is_iso else "year"
    cycles = 0 if NEAR[0] <= numbers[name] <= NEAR[1] else numbers[name] // CYCLE_YEARS - 5
    near = _near({**numbers, name: numbers[name] - cycles * CYCLE_YEARS}, within, is_iso=is_iso)
    return moment(milliseconds(near) + cycles * CYCLE_MILLISECONDS) if cycles else near


def _near(numbers: dict[str, int], within: tzinfo, *, is_iso: bool) -> datetime:
    try:
        if is_iso:
            start = datetime.fromisocalendar(numbers["isoWeekYear"], 1, 1)
            days = 7 * (numbers.get("isoWeek", 1) - 1) + numbers.get("isoDayOfWeek", 1) - 1
        else:
            months = numbers["year"] * 12 + numbers.get("month", 1) - 1
            start, days = datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC), numbers.get("day", 1) - 1
        hours, minutes, seconds = (numbers.get(name, 0) for name in ("hour", "minute", "second"))
        span = timedelta(
            days=days, hours=hours, minutes=minutes, seconds=seconds, milliseconds=numbers.get("millisecond", 0)
        )
        return (start + span).replace(tzinfo=within).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DocumentError(40523, f"$dateFromParts cannot make a date of these parts: {error}") from error


def _to_parts(operand: Value) -> Evaluate:
    parts = compiled_arguments("$dateToParts", operand, ("date",), ("timezone", "iso8601"))

    def evaluate(scope: Scope) -> Value:
        values = {name: part(scope) for name, part in parts.items()}
        if is_absent(values["date"]):
            return None
        date = local(date_of("$dateToParts", values["date"]), zone_of(values.get("timezone", "UTC")))
        names = FROM_ISO_PARTS if is_true(values.get("iso8601", False)) else FROM_PARTS
        return {name: READ_PART[name](date) for name in names[:-1]}

    return evaluate


READ_PART: Final[dict[str, Callable[[datetime], int]]] = {
    "isoWeekYear": lambda date: date.isocalendar().year,
    "isoWeek": PARTS["$isoWeek"],
    "isoDayOfWeek": PARTS["$isoDayOfWeek"],
    "day": PARTS["$dayOfMonth"],
    **{name: PARTS[f"${name}"] for name in ("year", "month", "hour", "minute", "second", "millisecond")},
}


def _timestamp_part(name: str, read: Callable[[Timestamp], int]) -> Compile:
    def apply(value: Value) -> Value:
        if is_absent(value):
            return None
        if not isinstance(value, Timestamp):
            code = 5687301 if name == "$tsSecond" else 5687302
            raise DocumentError(code, f"{name} requires a timestamp, found: {type_name(value)}")
        return Int64(read(value))

    return unary(name, apply)


OPERATORS: Final[dict[str, Compile]] = {
    **{name: _part(name, read) for name, read in PARTS.items()},
    "$dateFromParts": _from_parts,
    "$dateToParts": _to_parts,
    "$tsSecond": _timestamp_part("$tsSecond", lambda value: value.time),
    "$tsIncrement": _timestamp_part("$tsIncrement", lambda value: value.inc),
}
