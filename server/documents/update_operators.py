"""The update operators that change one value: each compiles its operand to a change of the value in a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from bson import Int64, Timestamp

from server.documents.array_updates import add_to_set, pop, pull, pull_all, push
from server.documents.errors import BAD_VALUE, FAILED_TO_PARSE, TYPE_MISMATCH, DocumentError
from server.documents.key import key
from server.documents.numbers import Number, add, integer, is_long, multiply
from server.documents.positions import Modify, Way
from server.documents.values import MISSING, is_number, type_name
from server.ejson import Value

CompileModifier: TypeAlias = Callable[[str, Value], Modify]


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """An update operator; `way`: what becomes of the fields on the way to its place."""

    compile: CompileModifier
    way: Way = Way.MADE
    only_on_insert: bool = False


def _set(path: str, operand: Value) -> Modify:
    return lambda current: operand


def _unset(path: str, operand: Value) -> Modify:
    return lambda current: MISSING


def _arithmetic(name: str, operate: Callable[[Number, Number], Number | None]) -> CompileModifier:
    verb = "increment" if name == "$inc" else "multiply"

    def compile_modifier(path: str, operand: Value) -> Modify:
        if not is_number(operand):
            raise DocumentError(TYPE_MISMATCH, f"Cannot {verb} with non-numeric argument: {{{path}: {operand!r}}}")

        def modify(current: Value) -> Value:
            if current is MISSING:
                return operand if name == "$inc" else operate(operand, 0)
            if not is_number(current):
                raise DocumentError(
                    TYPE_MISMATCH,
                    f"Cannot apply {name} to a value of non-numeric type. "
                    f"The field '{path}' has the non-numeric type {type_name(current)}",
                )
            result = operate(current, operand)
            if result is None:
                raise DocumentError(BAD_VALUE, f"Failed to apply {name} operations to current value ({current})")
            return result

        return modify

    return compile_modifier


def _extreme(path: str, operand: Value, *, sign: int) -> Modify:
    wanted = key(operand)

    def modify(current: Value) -> Value:
        if current is MISSING:
            return operand
        found = key(current)
        return operand if (found > wanted if sign < 0 else found < wanted) else current

    return modify


def _current_date(path: str, operand: Value) -> Modify:
    kind = "date" if isinstance(operand, bool) else None
    if isinstance(operand, dict):
        unknown = next((name for name in operand if name != "$type"), None)
        if unknown is not None:
            raise DocumentError(BAD_VALUE, f"Unrecognized $currentDate option: {unknown}")
        kind = str(operand.get("$type"))
        if kind not in ("date", "timestamp"):
            raise DocumentError(
                BAD_VALUE,
                "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field: ...}}",
            )
    if kind is None:
        raise DocumentError(
            BAD_VALUE,
            f"{type_name(operand)} is not valid type for $currentDate. "
            "Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).",
        )
    return lambda current: datetime.now(UTC) if kind == "date" else Timestamp(datetime.now(UTC), 1)


BITWISE: Final[dict[str, Callable[[int, int], int]]] = {
    "and": lambda value, operand: value & operand,
    "or": lambda value, operand: value | operand,
    "xor": lambda value, operand: value ^ operand,
}


def _bit(path: str, operand: Value) -> Modify:
    if not isinstance(operand, dict) or not operand:
        raise DocumentError(BAD_VALUE, f"The $bit modifier is not compatible with a {type_name(operand)}")
    for name, bits in operand.items():
        if name not in BITWISE:
            raise DocumentError(BAD_VALUE, f"The $bit modifier only supports 'and', 'or', and 'xor', not '{name}'")
        if not isinstance(bits, int) or isinstance(bits, bool):
            raise DocumentError(BAD_VALUE, f"The $bit modifier field must be an Integer(32/64 bit): {name}")
    steps: Mapping[str, int] = operand

    def modify(current: Value) -> Value:
        value = 0 if current is MISSING else current
        if not isinstance(value, int) or isinstance(value, bool):
            raise DocumentError(
                BAD_VALUE, f"Cannot apply $bit to a value of non-integral type. The field has type {type_name(value)}"
            )
        long = is_long(value) or any(isinstance(bits, Int64) for bits in steps.values())
        for name, bits in steps.items():
            value = BITWISE[name](int(value), int(bits))
        return integer(int(value), long=long)

    return modify


MODIFIERS: Final[dict[str, Modifier]] = {
    "$set": Modifier(compile=_set),
    "$setOnInsert": Modifier(compile=_set, only_on_insert=True),
    "$unset": Modifier(compile=_unset, way=Way.TRIED),
    "$inc": Modifier(compile=_arithmetic("$inc", add)),
    "$mul": Modifier(compile=_arithmetic("$mul", multiply)),
    "$min": Modifier(compile=lambda path, operand: _extreme(path, operand, sign=-1)),
    "$max": Modifier(compile=lambda path, operand: _extreme(path, operand, sign=1)),
    "$currentDate": Modifier(compile=_current_date),
    "$bit": Modifier(compile=_bit),
    "$push": Modifier(compile=push),
    "$addToSet": Modifier(compile=add_to_set),
    "$pop": Modifier(compile=pop, way=Way.TAKEN),
    "$pull": Modifier(compile=pull, way=Way.TAKEN),
    "$pullAll": Modifier(compile=pull_all, way=Way.TAKEN),
}


def modifier(name: str) -> Modifier:
    """The operator of that name; DocumentError where there is none."""
    found = MODIFIERS.get(name)
    if found is None:
        raise DocumentError(
            FAILED_TO_PARSE,
            f"Unknown modifier: {name}. Expected a valid update modifier or pipeline-style update "
            "specified as an array",
        )
    return found
