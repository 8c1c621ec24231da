"""Expression operators on dates: to and from text, moved, compared, cut off."""

from __future__ import annotations

from datetime import UTC
from typing import Final

from bson import Int64

from server.documents.errors import DocumentError
from server.documents.expressions.arrays import integer_of
from server.documents.expressions.calendar import date_of, format_date, local, parse_date, parse_date_by, zone_of
from server.documents.expressions.compiler import Compile, Evaluate, Scope
from server.documents.expressions.operands import compiled_arguments
from server.documents.expressions.spans import UNITS, difference, shifted, truncated, week_start
from server.documents.values import is_absent, is_text, type_name
from server.ejson import Document, Value

ISO_FORMAT: Final = "%Y-%m-%dT%H:%M:%S.%LZ"
LOCAL_FORMAT: Final = "%Y-%m-%dT%H:%M:%S.%L"


def _to_string(operand: Value) -> Evaluate:
    parts = compiled_arguments("$dateToString", operand, ("date",), ("format", "timezone", "onNull"))

    def evaluate(scope: Scope) -> Value:
        values = {name: part(scope) for name, part in parts.items()}
        if is_absent(values["date"]):
            return values.get("onNull")
        if any(is_absent(value) for name, value in values.items() if name != "onNull"):
            return None
        within = zone_of(values.get("timezone", "UTC"))
        pattern = values.get("format", ISO_FORMAT if within is UTC else LOCAL_FORMAT)
        if not is_text(pattern):
            raise DocumentError(18533, f"$dateToString requires that 'format' be a string, found: {type_name(pattern)}")
        return format_date(date_of("$dateToString", values["date"]), pattern, within)

    return evaluate


def _from_string(operand: Value) -> Evaluate:
    parts = compiled_arguments("$dateFromString", operand, ("dateString",), ("format", "timezone", "onNull", "onError"))

    def evaluate(scope: Scope) -> Value:
        values = {name: part(scope) for name, part in parts.items() if name != "onError"}
        if is_absent(values["dateString"]):
            return values.get("onNull")
        try:
            return _parsed(values)
        except DocumentError:
            if "onError" not in parts:
                raise
            return parts["onError"](scope)

    return evaluate


def _parsed(values: Document) -> Value:
    text, pattern = values["dateString"], values.get("format")
    if not is_text(text):
        raise DocumentError(241, f"$dateFromString requires that 'dateString' be a string, found: {type_name(text)}")
    within = zone_of(values.get("timezone", "UTC"))
    return parse_date_by(text, pattern, within) if is_text(pattern) else parse_date(text, within)


def _unit(name: str, value: Value) -> str:
    if not is_text(value) or value not in UNITS:
        raise DocumentError(5439013 if is_text(value) else 5439014, f"unknown time unit value of {name}: {value}")
    return value


def _shift(name: str, sign: int) -> Compile:
    def compile_operator(operand: Value) -> Evaluate:
        parts = compiled_arguments(name, operand, ("startDate", "unit", "amount"), ("timezone",))

        def evaluate(scope: Scope) -> Value:
            values = {part: read(scope) for part, read in parts.items()}
            if any(is_absent(value) for value in values.values()):
                return None
            date = date_of(name, values["startDate"])
            amount = sign * integer_of(f"'amount' of {name}", values["amount"], 5166405)
            return shifted(date, _unit(name, values["unit"]), amount, zone_of(values.get("timezone", "UTC")))

        return evaluate

    return compile_operator


def _difference(operand: Value) -> Evaluate:
    parts = compiled_arguments("$dateDiff", operand, ("startDate", "endDate", "unit"), ("timezone", "startOfWeek"))

    def evaluate(scope: Scope) -> Value:
        values = {part: read(scope) for part, read in parts.items()}
        if any(is_absent(value) for value in values.values()):
            return None
        within = zone_of(values.get("timezone", "UTC"))
        start, end = (local(date_of("$dateDiff", values[name]), within) for name in ("startDate", "endDate"))
        first = week_start(values.get("startOfWeek", "sunday"))
        return Int64(difference(start, end, _unit("$dateDiff", values["unit"]), first))

    return evaluate


def _truncate(operand: Value) -> Evaluate:
    parts = compiled_arguments("$dateTrunc", operand, ("date", "unit"), ("binSize", "timezone", "startOfWeek"))

    def evaluate(scope: Scope) -> Value:
        values = {part: read(scope) for part, read in parts.items()}
        if any(is_absent(value) for value in values.values()):
            return None
        date = local(date_of("$dateTrunc", values["date"]), zone_of(values.get("timezone", "UTC")))
        size = integer_of("'binSize' of $dateTrunc", values.get("binSize", 1), 5439017)
        first = week_start(values.get("startOfWeek", "sunday"))
        return truncated(date, _unit("$dateTrunc", values["unit"]), size, first)

    return evaluate


OPERATORS: Final[dict[str, Compile]] = {
    "$dateToString": _to_string,
    "$dateFromString": _from_string,
    "$dateAdd": _shift("$dateAdd", 1),
    "$dateSubtract": _shift("$dateSubtract", -1),
    "$dateDiff": _difference,
    "$dateTrunc": _truncate,
}
