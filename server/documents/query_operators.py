"""Query operators that say something of the value at a path by itself, without another filter in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from bson import DBRef, Regex

from server.documents.comparisons import (
    Test,
    equals,
    has_bits,
    has_type,
    is_one_of,
    is_ordered,
    leaves_remainder,
    matches_pattern,
)
from server.documents.errors import BAD_VALUE, DocumentError
from server.documents.paths import Path, candidates, leaves
from server.documents.patterns import compile_pattern, options_of, source_of
from server.documents.values import MISSING, is_text, is_true, whole
from server.ejson import Document, Value

Matcher: TypeAlias = Callable[[Value], bool]
Operator: TypeAlias = Callable[[Path, Value, Document], Matcher]


def all_of(matchers: list[Matcher]) -> Matcher:
    """The conjunction of matchers."""
    if len(matchers) == 1:
        return matchers[0]
    if len(matchers) == 2:
        first, second = matchers
        return lambda document: first(document) and second(document)
    return lambda document: all(matcher(document) for matcher in matchers)


def is_operator_document(operand: Value) -> bool:
    """Whether the operand of a field is a set of operators and not a value to compare with."""
    return (
        isinstance(operand, dict) and bool(operand) and next(iter(operand)).startswith("$") and not _is_dbref(operand)
    )


def _is_dbref(operand: Document) -> bool:
    return next(iter(operand)) in ("$ref", "$id", "$db")


def on_candidates(path: Path, test: Test) -> Matcher:
    """Whether a value at the path, or an element of an array there, passes the test; no path: the value itself."""
    if not path:
        return test

    def match(document: Value) -> bool:
        value = document
        for name in path:
            if type(value) is dict:
                value = value.get(name, MISSING)
            elif isinstance(value, (list, DBRef)):
                return any(test(value) for value in candidates(document, path))
            else:
                return test(MISSING)
        return (type(value) is list and any(map(test, value))) or test(value)

    return match


def on_leaves(path: Path, test: Test) -> Matcher:
    """Whether a value at the path passes the test, an array as a whole."""
    return lambda document: any(test(value) for value in leaves(document, path))


def negated(matcher: Matcher) -> Matcher:
    """Whatever does not match."""
    return lambda document: not matcher(document)


def _in_list(path: Path, operand: Value, name: str) -> Matcher:
    if not isinstance(operand, list):
        raise DocumentError(BAD_VALUE, f"{name} needs an array")
    if any(is_operator_document(item) for item in operand):
        raise DocumentError(BAD_VALUE, f"cannot nest $ under {name}")
    return on_candidates(path, is_one_of(operand))


def _regex(path: Path, operand: Value, siblings: Document) -> Matcher:
    options = siblings.get("$options", "")
    if not is_text(options):
        raise DocumentError(BAD_VALUE, "$options has to be a string")
    if isinstance(operand, Regex):
        if options and options_of(operand):
            raise DocumentError(51074, "options set in both $regex and $options")
        return on_candidates(path, matches_pattern(compile_pattern(source_of(operand), options or options_of(operand))))
    if not is_text(operand):
        raise DocumentError(BAD_VALUE, "$regex has to be a string")
    return on_candidates(path, matches_pattern(compile_pattern(operand, options)))


def _options(path: Path, operand: Value, siblings: Document) -> Matcher:
    if "$regex" not in siblings:
        raise DocumentError(BAD_VALUE, "$options needs a $regex")
    return lambda document: True


def _ne(path: Path, operand: Value, siblings: Document) -> Matcher:
    if isinstance(operand, Regex):
        raise DocumentError(BAD_VALUE, "Can't have regex as arg to $ne.")
    return negated(on_candidates(path, equals(operand)))


def _exists(path: Path, operand: Value, siblings: Document) -> Matcher:
    present = on_leaves(path, lambda value: value is not MISSING)
    return present if is_true(operand) else negated(present)


def _size(path: Path, operand: Value, siblings: Document) -> Matcher:
    size = whole(operand)
    if size is None:
        raise DocumentError(BAD_VALUE, "Failed to parse $size. Expected an integer")
    if size < 0:
        raise DocumentError(BAD_VALUE, f"Failed to parse $size. Expected a non-negative number: {size}")
    return on_leaves(path, lambda value: isinstance(value, list) and len(value) == size)


VALUE_OPERATORS: Final[dict[str, Operator]] = {
    "$eq": lambda path, operand, siblings: on_candidates(path, equals(operand)),
    "$ne": _ne,
    "$gt": lambda path, operand, siblings: on_candidates(path, is_ordered("$gt", operand)),
    "$gte": lambda path, operand, siblings: on_candidates(path, is_ordered("$gte", operand)),
    "$lt": lambda path, operand, siblings: on_candidates(path, is_ordered("$lt", operand)),
    "$lte": lambda path, operand, siblings: on_candidates(path, is_ordered("$lte", operand)),
    "$in": lambda path, operand, siblings: _in_list(path, operand, "$in"),
    "$nin": lambda path, operand, siblings: negated(_in_list(path, operand, "$nin")),
    "$exists": _exists,
    "$type": lambda path, operand, siblings: on_candidates(path, has_type(operand)),
    "$regex": _regex,
    "$options": _options,
    "$mod": lambda path, operand, siblings: on_candidates(path, leaves_remainder(operand)),
    "$size": _size,
    "$bitsAllSet": lambda path, operand, siblings: on_candidates(path, has_bits("$bitsAllSet", operand)),
    "$bitsAnySet": lambda path, operand, siblings: on_candidates(path, has_bits("$bitsAnySet", operand)),
    "$bitsAllClear": lambda path, operand, siblings: on_candidates(path, has_bits("$bitsAllClear", operand)),
    "$bitsAnyClear": lambda path, operand, siblings: on_candidates(path, has_bits("$bitsAnyClear", operand)),
}
