"""Stages that make one document of one: `$project`, `$addFields`, `$set`, `$unset`, `$replaceRoot`, `$replaceWith`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from server.documents.errors import DocumentError
from server.documents.expressions.compiler import Evaluate, Scope, compile_expression, root_scope
from server.documents.paths import Path, split
from server.documents.projection import compile_projection
from server.documents.values import MISSING, is_text, type_name
from server.ejson import Document, Value

Shape: TypeAlias = Callable[[Document], Document]


def project(operand: Value) -> Shape:
    """`$project`."""
    if not isinstance(operand, dict):
        raise DocumentError(15969, "$project specification must be an object")
    if not operand:
        raise DocumentError(
            51272, "Invalid $project :: caused by :: projection specification must have at least one field"
        )
    return compile_projection(operand, for_find=False)


def add_fields(operand: Value) -> Shape:
    """`$addFields` and `$set`: every expression sees the document as it came in."""
    if not isinstance(operand, dict):
        raise DocumentError(40272, f"$addFields specification stage must be an object, got {type_name(operand)}")
    fields = _flattened((), operand)
    refuse_conflicts([path for path, _ in fields])

    def shape(document: Document) -> Document:
        scope = root_scope(document)
        result = dict(document)
        for path, evaluate in fields:
            place(result, path, evaluate, scope)
        return result

    return shape


def _flattened(prefix: Path, operand: Document) -> list[tuple[Path, Evaluate]]:
    fields: list[tuple[Path, Evaluate]] = []
    for name, value in operand.items():
        path = prefix + field_path(name)
        if isinstance(value, dict) and value and not next(iter(value)).startswith("$"):
            fields += _flattened(path, value)
        else:
            fields.append((path, compile_expression(value)))
    return fields


def refuse_conflicts(paths: list[Path], code: int = 40176) -> None:
    """Refuse paths that are equal or of which one lies below another."""
    taken = set(paths)
    for path in paths:
        if any(path[:end] in taken for end in range(1, len(path))) or len(taken) < len(paths):
            raise DocumentError(code, f"specification contains two conflicting paths: {'.'.join(path)}")


def field_path(name: str) -> Path:
    """The path of a field that a stage sets."""
    path = split(name)
    if "" in path:
        raise DocumentError(40352 if name == "" else 15998, "FieldPath field names may not be empty strings.")
    if any(part.startswith("$") for part in path):
        raise DocumentError(16410, f"FieldPath field names may not start with '$': {name}")
    return path


def place(document: Document, path: Path, evaluate: Evaluate, scope: Scope) -> None:
    """Set the field in `document`, which is a copy; embedded documents and arrays on the way are copied as well."""
    name = path[0]
    if len(path) > 1:
        document[name] = _placed(document.get(name, MISSING), path[1:], evaluate, scope)
        return
    value = evaluate(scope)
    if value is MISSING:
        document.pop(name, None)
    else:
        document[name] = value


def _placed(value: Value, path: Path, evaluate: Evaluate, scope: Scope) -> Value:
    if isinstance(value, list):
        return [_placed(element, path, evaluate, scope) for element in value]
    copied = dict(value) if isinstance(value, dict) else {}
    place(copied, path, evaluate, scope)
    return copied


def unset(operand: Value) -> Shape:
    """`$unset`: one field or a list of them."""
    names = operand if isinstance(operand, list) else [operand]
    if not names:
        raise DocumentError(31119, "$unset specification must be a string or an array with at least one field")
    if not all(is_text(name) for name in names):
        raise DocumentError(31002, "$unset specification must be a string or an array containing only string values")
    return compile_projection({str(name): 0 for name in names}, for_find=False)


def replace_root(operand: Value) -> Shape:
    """`$replaceRoot`."""
    if not isinstance(operand, dict) or set(operand) != {"newRoot"}:
        raise DocumentError(
            40229, "expected an object with exactly the field 'newRoot' as specification for $replaceRoot"
        )
    return replace_with(operand["newRoot"])


def replace_with(operand: Value) -> Shape:
    """`$replaceWith`: the expression must give a document."""
    evaluate = compile_expression(operand)

    def shape(document: Document) -> Document:
        result = evaluate(root_scope(document))
        if not isinstance(result, dict):
            raise DocumentError(
                40228,
                f"'newRoot' expression must evaluate to an object, but resulting value was of type {type_name(result)}",
            )
        return result

    return shape


SHAPES: Final[dict[str, Callable[[Value], Shape]]] = {
    "$project": project,
    "$addFields": add_fields,
    "$set": add_fields,
    "$unset": unset,
    "$replaceRoot": replace_root,
    "$replaceWith": replace_with,
}
