"""Expression operators on documents and their fields."""

from __future__ import annotations

from typing import Final

from server.documents.admission import encode
from server.documents.errors import DocumentError
from server.documents.expressions.compiler import Compile, Evaluate, Scope, compile_expression, constant
from server.documents.expressions.operands import each, named_arguments, unary, variadic
from server.documents.paths import as_document
from server.documents.values import MISSING, is_absent, is_text, type_name
from server.ejson import Document, Value


def merged(values: list[Value]) -> Value:
    """Documents laid over each other, later fields over earlier ones."""
    result: Document = {}
    for value in values:
        if is_absent(value):
            continue
        document = as_document(value)
        if document is None:
            raise DocumentError(40400, f"$mergeObjects requires object inputs, but input is of type {type_name(value)}")
        result.update(document)
    return result


def _merged_arguments(values: list[Value]) -> Value:
    """As an accumulator over its arguments, or over the array that is its only one."""
    return merged(values[0] if len(values) == 1 and isinstance(values[0], list) else values)


def _to_array(value: Value) -> Value:
    if is_absent(value):
        return None
    document = as_document(value)
    if document is None:
        raise DocumentError(40390, f"$objectToArray requires a document input, found: {type_name(value)}")
    return [{"k": name, "v": field} for name, field in document.items()]


def _from_array(value: Value) -> Value:
    if is_absent(value):
        return None
    if not isinstance(value, list):
        raise DocumentError(40386, f"$arrayToObject requires an array input, found: {type_name(value)}")
    return dict(_pair(item) for item in each(value))


def _pair(item: Value) -> tuple[str, Value]:
    if isinstance(item, dict):
        if set(item) != {"k", "v"}:
            raise DocumentError(40392, "$arrayToObject requires an object keys of 'k' and 'v'")
        name, value = item["k"], item["v"]
    elif isinstance(item, list):
        if len(item) != 2:
            raise DocumentError(40397, f"$arrayToObject requires an array of size 2 arrays, found size: {len(item)}")
        name, value = item
    else:
        raise DocumentError(40398, f"Unrecognised input type format for $arrayToObject: {type_name(item)}")
    if not is_text(name):
        raise DocumentError(40394, f"$arrayToObject requires the key to be of type string, found: {type_name(name)}")
    if "\x00" in name:
        raise DocumentError(4940401, "Key field cannot contain an embedded null byte")
    return name, value


def _get_field(operand: Value) -> Evaluate:
    named = {"field": operand, "input": "$$CURRENT"}
    if isinstance(operand, dict) and not next(iter(operand), "$").startswith("$"):
        named = named_arguments("$getField", operand, ("field", "input"))
    name, container = _field_name("$getField", named["field"]), compile_expression(named["input"])

    def evaluate(scope: Scope) -> Value:
        source = container(scope)
        if source is None:
            return None
        document = as_document(source)
        return MISSING if document is None else document.get(_named(name(scope)), MISSING)

    return evaluate


def _field_name(operator: str, expression: Value) -> Evaluate:
    if is_text(expression) and not expression.startswith("$"):
        return constant(expression)
    if operator == "$setField" and not isinstance(expression, dict):
        raise DocumentError(4161107, "$setField requires 'field' to evaluate to a constant")
    return compile_expression(expression)


def _named(name: Value) -> str:
    if not is_text(name):
        raise DocumentError(
            3041704, f"$getField requires 'field' to evaluate to type String, but got {type_name(name)}"
        )
    return name


def _set_field(operand: Value) -> Evaluate:
    named = named_arguments("$setField", operand, ("field", "input", "value"))
    return _with_field(named["field"], named["input"], compile_expression(named["value"]))


def _unset_field(operand: Value) -> Evaluate:
    named = named_arguments("$unsetField", operand, ("field", "input"))
    return _with_field(named["field"], named["input"], constant(MISSING))


def _with_field(field: Value, source: Value, value: Evaluate) -> Evaluate:
    name, container = _field_name("$setField", field), compile_expression(source)

    def evaluate(scope: Scope) -> Value:
        found = container(scope)
        if is_absent(found):
            return None
        if not isinstance(found, dict):
            raise DocumentError(4161105, f"$setField requires 'input' to evaluate to type Object: {type_name(found)}")
        result: Document = {**found, _named(name(scope)): value(scope)}
        return {key: item for key, item in result.items() if item is not MISSING}

    return evaluate


def _bson_size(value: Value) -> Value:
    if is_absent(value):
        return None
    if not isinstance(value, dict):
        raise DocumentError(31393, f"$bsonSize requires a document input, found: {type_name(value)}")
    return len(encode(value))


OPERATORS: Final[dict[str, Compile]] = {
    "$mergeObjects": variadic("$mergeObjects", _merged_arguments),
    "$objectToArray": unary("$objectToArray", _to_array),
    "$arrayToObject": unary("$arrayToObject", _from_array),
    "$getField": _get_field,
    "$setField": _set_field,
    "$unsetField": _unset_field,
    "$bsonSize": unary("$bsonSize", _bson_size),
}
