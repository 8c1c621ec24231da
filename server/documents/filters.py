"""MongoDB's query filters, compiled to closures over documents."""

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
from server.documents.errors import BAD_VALUE, FAILED_TO_PARSE, DocumentError, unsupported
from server.documents.expressions.compiler import compile_expression, root_scope
from server.documents.paths import Path, candidates, leaves, split
from server.documents.patterns import compile_pattern, options_of, pattern_of, source_of
from server.documents.values import MISSING, is_true, whole
from server.ejson import Document, Value

Matcher: TypeAlias = Callable[[Value], bool]
Operator: TypeAlias = Callable[[Path, Value, Document], Matcher]


def compile_filter(query: Value) -> Matcher:
    """A function that says whether a document matches; DocumentError where the filter is malformed."""
    if not isinstance(query, dict):
        raise DocumentError(14, "the filter must be an object")
    matchers = [_compile_clause(name, operand) for name, operand in query.items() if name != "$comment"]
    return all_of(matchers)


def matches(query: Document, document: Document) -> bool:
    """Whether the document matches the filter."""
    return compile_filter(query)(document)


def all_of(matchers: list[Matcher]) -> Matcher:
    """The conjunction of matchers."""
    if len(matchers) == 1:
        return matchers[0]
    if len(matchers) == 2:
        first, second = matchers
        return lambda document: first(document) and second(document)
    return lambda document: all(matcher(document) for matcher in matchers)


def _compile_clause(name: str, operand: Value) -> Matcher:
    if not name.startswith("$"):
        return _compile_field(split(name), operand)
    if name in UNSUPPORTED_TOP_LEVEL:
        raise unsupported(f"the query operator {name}")
    compile_logical = TOP_LEVEL.get(name)
    if compile_logical is None:
        hint = "If you have a field name that starts with a '$' symbol, consider using $getField or $setField."
        raise DocumentError(BAD_VALUE, f"unknown top level operator: {name}. {hint}")
    return compile_logical(name, operand)


def _clauses(name: str, operand: Value) -> list[Matcher]:
    if not isinstance(operand, list):
        raise DocumentError(BAD_VALUE, f"{name} must be an array")
    if not operand:
        raise DocumentError(BAD_VALUE, "$and/$or/$nor must be a nonempty array")
    if not all(isinstance(clause, dict) for clause in operand):
        raise DocumentError(BAD_VALUE, "$or/$and/$nor entries need to be full objects")
    return [compile_filter(clause) for clause in operand]


def _and(name: str, operand: Value) -> Matcher:
    return all_of(_clauses(name, operand))


def _or(name: str, operand: Value) -> Matcher:
    clauses = _clauses(name, operand)
    return lambda document: any(clause(document) for clause in clauses)


def _nor(name: str, operand: Value) -> Matcher:
    clauses = _clauses(name, operand)
    return lambda document: not any(clause(document) for clause in clauses)


def _expr(name: str, operand: Value) -> Matcher:
    evaluate = compile_expression(operand)
    return lambda document: is_true(evaluate(root_scope(document)))


def _always(name: str, operand: Value) -> Matcher:
    if whole(operand) != 1:
        raise DocumentError(FAILED_TO_PARSE, f"{name} must be an integer value of 1")
    return lambda document: name == "$alwaysTrue"


TOP_LEVEL: Final[dict[str, Callable[[str, Value], Matcher]]] = {
    "$and": _and,
    "$or": _or,
    "$nor": _nor,
    "$expr": _expr,
    "$alwaysTrue": _always,
    "$alwaysFalse": _always,
}
UNSUPPORTED_TOP_LEVEL: Final = frozenset({"$text", "$where", "$jsonSchema", "$sampleRate", "$_internalSchemaType"})
UNSUPPORTED: Final = frozenset(
    {"$geoWithin", "$geoIntersects", "$near", "$nearSphere", "$within", "$maxDistance", "$minDistance", "$geoNear"}
)


def is_operator_document(operand: Value) -> bool:
    """Whether the operand of a field is a set of operators and not a value to compare with."""
    return (
        isinstance(operand, dict) and bool(operand) and next(iter(operand)).startswith("$") and not _is_dbref(operand)
    )


def _is_dbref(operand: Document) -> bool:
    return next(iter(operand)) in ("$ref", "$id", "$db")


def _compile_field(path: Path, operand: Value) -> Matcher:
    if isinstance(operand, dict) and is_operator_document(operand):
        return compile_operators(path, operand)
    return _equality(path, operand)


def _equality(path: Path, operand: Value) -> Matcher:
    if isinstance(operand, Regex):
        return on_candidates(path, matches_pattern(pattern_of(operand), operand))
    return on_candidates(path, equals(operand))


def compile_operators(path: Path, operators: Document) -> Matcher:
    """The conjunction of a field's operators, such as `{$gt: 1, $lt: 5}`."""
    matchers: list[Matcher] = []
    for name, operand in operators.items():
        if name in UNSUPPORTED:
            raise unsupported(f"the query operator {name}")
        compile_operator = OPERATORS.get(name)
        if compile_operator is None:
            raise DocumentError(BAD_VALUE, f"unknown operator: {name}")
        matchers.append(compile_operator(path, operand, operators))
    return all_of(matchers)


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


def _on_leaves(path: Path, test: Test) -> Matcher:
    return lambda document: any(test(value) for value in leaves(document, path))


def _negated(matcher: Matcher) -> Matcher:
    return lambda document: not matcher(document)


def _in_list(path: Path, operand: Value, name: str) -> Matcher:
    if not isinstance(operand, list):
        raise DocumentError(BAD_VALUE, f"{name} needs an array")
    if any(is_operator_document(item) for item in operand):
        raise DocumentError(BAD_VALUE, f"cannot nest $ under {name}")
    return on_candidates(path, is_one_of(operand))


def _regex(path: Path, operand: Value, siblings: Document) -> Matcher:
    options = siblings.get("$options", "")
    if not isinstance(options, str):
        raise DocumentError(BAD_VALUE, "$options has to be a string")
    if isinstance(operand, Regex):
        if options and options_of(operand):
            raise DocumentError(51074, "options set in both $regex and $options")
        return on_candidates(path, matches_pattern(compile_pattern(source_of(operand), options or options_of(operand))))
    if not isinstance(operand, str):
        raise DocumentError(BAD_VALUE, "$regex has to be a string")
    return on_candidates(path, matches_pattern(compile_pattern(operand, options)))


def _options(path: Path, operand: Value, siblings: Document) -> Matcher:
    if "$regex" not in siblings:
        raise DocumentError(BAD_VALUE, "$options needs a $regex")
    return lambda document: True


def _not(path: Path, operand: Value, siblings: Document) -> Matcher:
    if isinstance(operand, Regex):
        return _negated(_equality(path, operand))
    if not isinstance(operand, dict):
        raise DocumentError(BAD_VALUE, "$not needs a regex or a document")
    if not operand:
        raise DocumentError(BAD_VALUE, "$not cannot be empty")
    return _negated(compile_operators(path, operand))


def _ne(path: Path, operand: Value, siblings: Document) -> Matcher:
    if isinstance(operand, Regex):
        raise DocumentError(BAD_VALUE, "Can't have regex as arg to $ne.")
    return _negated(on_candidates(path, equals(operand)))


def _exists(path: Path, operand: Value, siblings: Document) -> Matcher:
    present = _on_leaves(path, lambda value: value is not MISSING)
    return present if is_true(operand) else _negated(present)


def _size(path: Path, operand: Value, siblings: Document) -> Matcher:
    size = whole(operand)
    if size is None:
        raise DocumentError(BAD_VALUE, "Failed to parse $size. Expected an integer")
    if size < 0:
        raise DocumentError(BAD_VALUE, f"Failed to parse $size. Expected a non-negative number: {size}")
    return _on_leaves(path, lambda value: isinstance(value, list) and len(value) == size)


def _elem_match(path: Path, operand: Value, siblings: Document) -> Matcher:
    if not isinstance(operand, dict):
        raise DocumentError(BAD_VALUE, "$elemMatch needs an Object")
    test = compile_element(operand)
    return _on_leaves(path, lambda value: isinstance(value, list) and any(map(test, value)))


def compile_element(query: Document) -> Test:
    """A test of one array element, as `$elemMatch` has it: by operators on the value, or by a filter on a document."""
    if is_operator_document(query) and next(iter(query)) not in TOP_LEVEL:
        if any(not name.startswith("$") for name in query):
            raise DocumentError(BAD_VALUE, "unknown operator in $elemMatch")
        return compile_operators((), query)
    matcher = compile_filter(query)
    return lambda element: matcher(element) if isinstance(element, dict) else _matches_as_document(matcher, element)


def _matches_as_document(matcher: Matcher, element: Value) -> bool:
    """Whether an array within an array matches: it counts as a document with its positions for names."""
    return isinstance(element, list) and matcher({str(at): item for at, item in enumerate(element)})


def _all(path: Path, operand: Value, siblings: Document) -> Matcher:
    if not isinstance(operand, list):
        raise DocumentError(BAD_VALUE, "$all needs an array")
    if not operand:
        return lambda document: False
    return all_of([_all_member(path, item) for item in operand])


def _all_member(path: Path, item: Value) -> Matcher:
    if isinstance(item, dict) and is_operator_document(item):
        if list(item) != ["$elemMatch"]:
            raise DocumentError(BAD_VALUE, "no $ expressions in $all")
        return _elem_match(path, item["$elemMatch"], item)
    return _equality(path, item)


OPERATORS: Final[dict[str, Operator]] = {
    "$eq": lambda path, operand, siblings: on_candidates(path, equals(operand)),
    "$ne": _ne,
    "$gt": lambda path, operand, siblings: on_candidates(path, is_ordered("$gt", operand)),
    "$gte": lambda path, operand, siblings: on_candidates(path, is_ordered("$gte", operand)),
    "$lt": lambda path, operand, siblings: on_candidates(path, is_ordered("$lt", operand)),
    "$lte": lambda path, operand, siblings: on_candidates(path, is_ordered("$lte", operand)),
    "$in": lambda path, operand, siblings: _in_list(path, operand, "$in"),
    "$nin": lambda path, operand, siblings: _negated(_in_list(path, operand, "$nin")),
    "$not": _not,
    "$exists": _exists,
    "$type": lambda path, operand, siblings: on_candidates(path, has_type(operand)),
    "$regex": _regex,
    "$options": _options,
    "$mod": lambda path, operand, siblings: on_candidates(path, leaves_remainder(operand)),
    "$size": _size,
    "$all": _all,
    "$elemMatch": _elem_match,
    "$bitsAllSet": lambda path, operand, siblings: on_candidates(path, has_bits("$bitsAllSet", operand)),
    "$bitsAnySet": lambda path, operand, siblings: on_candidates(path, has_bits("$bitsAnySet", operand)),
    "$bitsAllClear": lambda path, operand, siblings: on_candidates(path, has_bits("$bitsAllClear", operand)),
    "$bitsAnyClear": lambda path, operand, siblings: on_candidates(path, has_bits("$bitsAnyClear", operand)),
}
FIELD_OPERATORS: Final = frozenset(OPERATORS) - {"$not"}
"""The operators that say of an operand that it is no document to compare with."""
