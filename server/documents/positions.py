"""Where an update writes: concrete places of a path with `$`, `$[]` and `$[name]`, and the change made there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Final, TypeAlias

from server.documents.comparisons import Test
from server.documents.errors import BAD_VALUE, DOLLAR_PREFIXED_FIELD, INVALID_PATH, DocumentError
from server.documents.paths import Path, array_index
from server.documents.values import MISSING, type_name
from server.ejson import Document, Value

Modify: TypeAlias = Callable[[Value], Value]
"""From the value in a place (or `MISSING`) to the new one; `MISSING` takes the field away."""


class Way(Enum):
    """What becomes of the fields on the way to a place."""

    MADE = "made"
    """Missing ones are made; a value in the way is refused."""
    TAKEN = "taken"
    """Where one is missing nothing is changed; a value in the way is refused."""
    TRIED = "tried"
    """Where one is missing, or a value is in the way, nothing is changed."""


MAX_PADDING: Final = 1_500_000
"""The furthest beyond an array's end that an element may be set."""


def places(document: Document, path: Path, filters: Mapping[str, Test], matched: int | None) -> Iterator[Path]:
    """The concrete paths that a path with positional parts stands for; `matched` is the index for `$`."""
    wild = next((at for at, name in enumerate(path) if name == "$" or name.startswith("$[")), None)
    if wild is None:
        yield path
        return
    before, name, after = path[:wild], path[wild], path[wild + 1 :]
    if name == "$":
        yield from places(document, (*before, str(_matched(matched)), *after), filters, matched)
        return
    array = _array_at(document, before)
    test = filters.get(name[2:-1]) if name != "$[]" else None
    for index, element in enumerate(array):
        if test is None or test(element):
            yield from places(document, (*before, str(index), *after), filters, matched)


def _matched(index: int | None) -> int:
    if index is None:
        raise DocumentError(BAD_VALUE, "The positional operator did not find the match needed from the query.")
    return index


def _array_at(document: Document, path: Path) -> list[Value]:
    value = value_at(document, path)
    dotted = ".".join(path)
    if value is MISSING:
        raise DocumentError(
            BAD_VALUE, f"The path '{dotted}' must exist in the document in order to apply array updates."
        )
    if not isinstance(value, list):
        raise DocumentError(BAD_VALUE, f"Cannot apply array updates to non-array element {dotted}: {value!r}")
    return value


def value_at(value: Value, path: Path) -> Value:
    """What stands at exactly this place; positions name array elements."""
    for name in path:
        if isinstance(value, dict):
            value = value.get(name, MISSING)
        elif isinstance(value, list) and (index := array_index(name)) is not None and index < len(value):
            value = value[index]
        else:
            return MISSING
    return value


def change(container: Value, path: Path, modify: Modify, *, way: Way, at: int = 0) -> None:
    """Put the modified value in its place inside `container`; `way`: how to go there."""
    if isinstance(container, dict):
        _change_field(container, path, modify, way=way, at=at)
    elif isinstance(container, list):
        _change_element(container, path, modify, way=way, at=at)
    elif way is not Way.TRIED:
        raise _not_viable(path, at, container)


def _change_field(document: Document, path: Path, modify: Modify, *, way: Way, at: int) -> None:
    name = path[at]
    current = document.get(name, MISSING)
    if at + 1 < len(path):
        if current is MISSING and way is Way.MADE:
            if at == 0:
                _check_new_field(name)
            current = document[name] = {}
        if current is not MISSING:
            change(current, path, modify, way=way, at=at + 1)
        return
    value = modify(current)
    if value is not MISSING:
        if current is MISSING and at == 0:
            _check_new_field(name)
        document[name] = value
    elif current is not MISSING:
        del document[name]


def _check_new_field(name: str) -> None:
    """Refuse a new top-level field whose name an operator could have."""
    if name.startswith("$"):
        raise DocumentError(
            DOLLAR_PREFIXED_FIELD,
            f"The dollar ($) prefixed field '{name}' in '{name}' is not allowed in the context of an update's "
            "replacement document. Consider using an aggregation pipeline with $replaceWith.",
        )


def _change_element(array: list[Value], path: Path, modify: Modify, *, way: Way, at: int) -> None:
    index = array_index(path[at])
    if index is None:
        if way is not Way.TRIED:
            raise _not_viable(path, at, array)
        return
    if index >= len(array):
        if way is not Way.MADE:
            return
        if index - len(array) > MAX_PADDING:
            raise DocumentError(BAD_VALUE, f"can't backfill more than {MAX_PADDING} elements")
        array.extend([None] * (index - len(array)))
        array.append(_new_element(path, modify, at))
    elif at + 1 < len(path):
        change(array[index], path, modify, way=way, at=at + 1)
    else:
        value = modify(array[index])
        array[index] = None if value is MISSING else value


def _new_element(path: Path, modify: Modify, at: int) -> Value:
    if at + 1 == len(path):
        value = modify(MISSING)
        return None if value is MISSING else value
    element: Document = {}
    change(element, path, modify, way=Way.MADE, at=at + 1)
    return element


def _not_viable(path: Path, at: int, container: Value) -> DocumentError:
    owner = path[at - 1] if at else ""
    shown = type_name(container) if isinstance(container, (dict, list)) else repr(container)
    return DocumentError(INVALID_PATH, f"Cannot create field '{path[at]}' in element {{{owner}: {shown}}}")
