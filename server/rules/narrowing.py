"""From conditions on documents to filters: so that the database finds what a rule allows, and not what it will refuse.

A filter made here lets every document pass of which its condition holds, and perhaps others: the rule itself is asked
again of each. What has no such filter in MongoDB's language gives None.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias, cast

from bson import Decimal128, ObjectId, Timestamp
from bson.code import Code

from server.ejson import Document, Value
from server.rules.operands import Operand
from server.rules.scope import MISSING, Scope, UndecidedError

Narrow: TypeAlias = Callable[[Scope], Document | None]
Narrower: TypeAlias = Callable[[Operand, Operand], Narrow]
NOTHING: Final[Document] = {"_id": {"$in": []}}
"""The filter that no document passes."""

_ORDERED: Final = (int, float, Decimal128, str, datetime, ObjectId, bool, Timestamp)
_PLAIN: Final = (*_ORDERED, bytes)


def nothing_known(_scope: Scope) -> Document | None:
    """For conditions that no filter stands for."""
    return None


def if_true(test: Callable[[Scope], bool | None]) -> Narrow:
    """For what does not look at the document: all of them, or none."""
    return lambda scope: {} if test(scope) is True else NOTHING


def every(parts: list[Narrow]) -> Narrow:
    """All must pass; those without a filter are left to the rule."""
    return lambda scope: all_of_them([part(scope) for part in parts])


def all_of_them(filters: list[Document | None]) -> Document:
    """The filter of what passes all of these, of which some may not be known."""
    known = [part for part in filters if part]
    return NOTHING if NOTHING in known else joined("$and", known)


def either(parts: list[Narrow]) -> Narrow:
    """One must pass, so that each must have a filter."""
    return lambda scope: one_of([part(scope) for part in parts])


def one_of(filters: list[Document | None]) -> Document | None:
    """The filter of what passes one of these; None where that of one is not known."""
    known = [part for part in filters if part is not None and part != NOTHING]
    if None in filters:
        return None
    if {} in known:
        return {}
    return joined("$or", known) if known else NOTHING


def joined(operator: str, filters: list[Document]) -> Document:
    """Filters combined; none of them is no filter."""
    if len(filters) < 2:
        return filters[0] if filters else {}
    return {operator: cast("list[Value]", filters)}


def equal_to(left: Operand, right: Operand) -> Narrow:
    """Equality holds both ways round: arrays hold their members, on either side."""
    field, other = (left, right) if left.path is not None else (right, left)
    return _with_value(field, other, lambda value: {"$in": _and_members([value])} if _is_plain(value) else None)


def but_not(left: Operand, right: Operand) -> Narrow:
    """A field at the top of the document that is not equal to a scalar; a missing one is not."""
    return _with_value(left, right, lambda value: {"$ne": value} if _is_scalar(value) else None, is_negated=True)


def ordered_by(operator: str) -> Narrower:
    """Order within a type."""

    def narrower(left: Operand, right: Operand) -> Narrow:
        return _with_value(left, right, lambda value: {f"${operator}": value} if isinstance(value, _ORDERED) else None)

    return narrower


def among(left: Operand, choices: Operand) -> Narrow:
    """Membership in a list of plain values."""
    return _with_value(left, choices, lambda value: {"$in": _and_members(_list(value))} if _is_plain(value) else None)


def among_none(left: Operand, choices: Operand) -> Narrow:
    """A field at the top of the document that is none of these scalars."""

    def narrow(value: Value) -> Document | None:
        listed = _list(value)
        return {"$nin": listed} if all(map(_is_scalar, listed)) else None

    return _with_value(left, choices, narrow, is_negated=True)


def existing(left: Operand, wanted: Operand) -> Narrow:
    """That there is a value; that there is none is only told of fields at the top."""
    return _with_value(left, wanted, lambda value: None if not value and "." in str(left.path) else {"$exists": value})


def _with_value(
    field: Operand, other: Operand, condition: Callable[[Value], Document | None], *, is_negated: bool = False
) -> Narrow:
    path = field.path
    if path is None or other.varies or (is_negated and "." in path) or any(part[:1] == "$" for part in path.split(".")):
        return nothing_known
    absent = None if is_negated else NOTHING

    def narrow(scope: Scope) -> Document | None:
        try:
            value = other.resolve(scope)
            found = absent if value is MISSING else condition(value)
        except UndecidedError:
            found = NOTHING
        return found if found is None or found is NOTHING else {path: found}

    return narrow


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise UndecidedError("not an array")
    return cast("list[Value]", value)


def _and_members(values: list[Value]) -> list[Value]:
    """The values, and the members of those that are arrays."""
    return values + [item for value in values if isinstance(value, list) for item in cast("list[Value]", value)]


def _is_plain(value: Value) -> bool:
    """Whether a query takes the value for itself, as it does not with regular expressions."""
    if isinstance(value, list):
        return all(map(_is_plain, cast("list[Value]", value)))
    if isinstance(value, dict):
        fields = cast(Document, value)
        return all(name[:1] != "$" and _is_plain(field) for name, field in fields.items())
    return value is None or _is_scalar(value)


def _is_scalar(value: Value) -> bool:
    return isinstance(value, _PLAIN) and not isinstance(value, Code)
