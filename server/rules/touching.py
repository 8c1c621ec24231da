"""The fields that an update speaks of, whether or not it changes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, cast

from server.ejson import Document, Value

FieldPath: TypeAlias = tuple[str, ...]


def touched_paths(arguments: Document) -> tuple[FieldPath, ...]:
    """The paths of fields in the updates of an operation, without positions in arrays.

    An update that picks elements of an array by what they hold speaks of all that they hold, and so of the array.
    """
    return tuple(dict.fromkeys(path for update in _updates(arguments) for path in _paths(update)))


def _updates(arguments: Document) -> Iterator[Document]:
    writes: list[Value] = [arguments]
    operations = arguments.get("operations")
    for item in cast("list[Value]", operations) if isinstance(operations, list) else []:
        writes.extend(cast(Document, item).values() if isinstance(item, dict) else ())
    for write in writes:
        update = cast(Document, write).get("update") if isinstance(write, dict) else None
        if isinstance(update, dict):
            yield cast(Document, update)


def _paths(update: Document) -> Iterator[FieldPath]:
    for operator, fields in update.items():
        if not operator.startswith("$") or operator == "$setOnInsert" or not isinstance(fields, dict):
            continue
        for name, operand in cast(Document, fields).items():
            yield _path(name)
            if operator == "$rename" and isinstance(operand, str):
                yield _path(operand)


def _path(name: str) -> FieldPath:
    path: list[str] = []
    for part in name.split("."):
        if part == "$" or (part.startswith("$[") and part != "$[]"):
            break
        if part != "$[]" and not part.isdigit():
            path.append(part)
    return tuple(path) or (name,)
