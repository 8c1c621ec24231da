"""The fields that an update speaks of, whether or not it changes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, cast

from server.ejson import Document, Value

FieldPath: TypeAlias = tuple[str, ...]


def touched_paths(arguments: Document) -> tuple[FieldPath, ...]:
    """The paths of fields in the updates of an operation; a number may be a field's name or a position in an array.

    An update that picks elements of an array by what they hold speaks of all that they hold, and so of the array. A
    replacement speaks of all that is in it: whether it changes nothing tells what there was.
    """
    return tuple(dict.fromkeys(path for update in _updates(arguments) for path in _paths(update)))


def _updates(arguments: Document) -> Iterator[Document]:
    writes: list[Value] = [arguments]
    operations = arguments.get("operations")
    for item in cast("list[Value]", operations) if isinstance(operations, list) else []:
        writes.extend(cast(Document, item).values() if isinstance(item, dict) else ())
    for write in writes:
        for name in ("update", "replacement") if isinstance(write, dict) else ():
            update = cast(Document, write).get(name)
            if isinstance(update, dict):
                yield cast(Document, update)


def _paths(update: Document) -> Iterator[FieldPath]:
    if not next(iter(update), "").startswith("$"):
        yield from _leaves(update)
        return
    for operator, fields in update.items():
        if not operator.startswith("$") or operator == "$setOnInsert" or not isinstance(fields, dict):
            continue
        for name, operand in cast(Document, fields).items():
            yield _path(name)
            if operator == "$rename" and isinstance(operand, str):
                yield _path(operand)


def _leaves(replacement: Document) -> Iterator[FieldPath]:
    """The paths to what is no document; into the documents of arrays too, for their fields have rules of their own.

    Without recursion: what comes from outside may be deep. The `_id` stays as it is, and is nobody's secret.
    """
    parts: list[tuple[Value, FieldPath]] = [(value, (name,)) for name, value in replacement.items() if name != "_id"]
    while parts:
        value, path = parts.pop()
        if isinstance(value, dict) and value:
            parts.extend((inner, (*path, name)) for name, inner in cast(Document, value).items())
        elif isinstance(value, list) and any(isinstance(item, dict) and item for item in value):
            parts.extend((item, path) for item in cast("list[Value]", value))
        else:
            yield path


def _path(name: str) -> FieldPath:
    path: list[str] = []
    for part in name.split("."):
        if part == "$" or (part.startswith("$[") and part != "$[]"):
            break
        if part != "$[]":
            path.append(part)
    return tuple(path) or (name,)
