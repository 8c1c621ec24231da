"""MongoDB's query filters, compiled to closures over documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bson import Regex

from server.documents.comparisons import Test, equals, matches_pattern
from server.documents.errors import BAD_VALUE, FAILED_TO_PARSE, DocumentError, unsupported
from server.documents.expressions.compiler import compile_expression, root_scope
from server.documents.paths import Path, split
from server.documents.patterns import pattern_of
from server.documents.query_operators import (
    VALUE_OPERATORS,
    Matcher,
    Operator,
    all_of,
    is_operator_document,
    negated,
    on_candidates,
    on_leaves,
)
from server.documents.values import is_true, whole
from server.ejson import Document, Value


def compile_filter(query: Value) -> Matcher:
    """A function that says whether a document matches; DocumentError where the filter is malformed."""
    if not isinstance(query, dict):
        raise DocumentError(14, "the filter must be an object")
    matchers = [_compile_clause(name, operand) for name, operand in query.items() if name != "$comment"]
    return all_of(matchers)


def matches(query: Document, document: Document) -> bool:
    """Whether the document matches the filter."""
    return compile_filter(query)(document)


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


def _not(path: Path, operand: Value, siblings: Document) -> Matcher:
    if isinstance(operand, Regex):
        return negated(_equality(path, operand))
    if not isinstance(operand, dict):
        raise DocumentError(BAD_VALUE, "$not needs a regex or a document")
    if not operand:
        raise DocumentError(BAD_VALUE, "$not cannot be empty")
    return negated(compile_operators(path, operand))


def _elem_match(path: Path, operand: Value, siblings: Document) -> Matcher:
    if not isinstance(operand, dict):
        raise DocumentError(BAD_VALUE, "$elemMatch needs an Object")
    test = compile_element(operand)
    return on_leaves(path, lambda value: isinstance(value, list) and any(map(test, value)))


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
    **VALUE_OPERATORS,
    "$not": _not,
    "$all": _all,
    "$elemMatch": _elem_match,
}
FIELD_OPERATORS: Final = frozenset(OPERATORS) - {"$not"}
"""The operators that say of an operand that it is no document to compare with."""
