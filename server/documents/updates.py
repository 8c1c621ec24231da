"""Update documents: compiled once, applied to many documents."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from server.documents.admission import encode
from server.documents.comparisons import Test
from server.documents.errors import (
    BAD_VALUE,
    CONFLICTING_UPDATE,
    EMPTY_FIELD_NAME,
    FAILED_TO_PARSE,
    IMMUTABLE_FIELD,
    INVALID_PATH,
    DocumentError,
)
from server.documents.filters import compile_filter
from server.documents.paths import Path, array_index, split
from server.documents.positions import Modify, Way, change, places, value_at
from server.documents.query_operators import Matcher
from server.documents.update_operators import modifier
from server.documents.values import MISSING, is_text, type_name
from server.ejson import Document, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Modification:
    """One change at one path; for `$rename`, `target` is where the value goes."""

    path: Path
    modify: Modify
    way: Way = Way.MADE
    only_on_insert: bool = False
    target: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorUpdate:
    """An update with operators: the modifications in the order in which MongoDB makes them."""

    modifications: tuple[Modification, ...]
    filters: Mapping[str, Test] = field(default_factory=dict)

    @property
    def is_positional(self) -> bool:
        """Whether a path asks for the array index that the query matched."""
        return any("$" in step.path for step in self.modifications)

    def apply(self, document: Document, *, inserting: bool = False, matched: int | None = None) -> Document:
        """The changed document; the given one stays as it is. `matched` is the array index for `$`."""
        result = copy.deepcopy(document)
        if len(self.modifications) > 1 and self.is_dynamic:
            self._check_places(document, matched)
        for step in self.modifications:
            self._make(step, result, matched, idle=step.only_on_insert and not inserting)
        _check_id(document, result)
        return result

    @property
    def is_dynamic(self) -> bool:
        """Whether the places of a path depend on the document."""
        return any(part.startswith("$") for step in self.modifications for part in step.path)

    def _check_places(self, document: Document, matched: int | None) -> None:
        """Refuse modifications whose places in this document meet."""
        found = [place for step in self.modifications for place in places(document, step.path, self.filters, matched)]
        _check_paths(found)

    def _make(self, step: Modification, document: Document, matched: int | None, *, idle: bool) -> None:
        """Make one modification; an idle one changes nothing, but its places must be there."""
        if step.target is not None:
            _rename(document, step.path, step.target)
            return
        for place in list(places(document, step.path, self.filters, matched)):
            if idle:
                continue
            change(document, place, step.modify, way=step.way)


def _check_id(before: Document, after: Document) -> None:
    if "_id" in before and ("_id" not in after or encode({"": after["_id"]}) != encode({"": before["_id"]})):
        raise DocumentError(
            IMMUTABLE_FIELD, "Performing an update on the path '_id' would modify the immutable field '_id'"
        )


def compile_operators(update: Document, array_filters: Sequence[Value] = ()) -> OperatorUpdate:
    """The compiled form of an update document all of whose fields are operators."""
    filters = _compile_array_filters(array_filters)
    steps: list[Modification] = []
    for name, operand in update.items():
        if name != "$rename":
            modifier(name)
        if not isinstance(operand, dict):
            raise DocumentError(
                FAILED_TO_PARSE,
                f"Modifiers operate on fields but we found type {type_name(operand)} instead. "
                f"For example: {{$mod: {{<field>: ...}}}} not {{{name}: {operand!r}}}",
            )
        for path, argument in operand.items():
            steps.append(_modification(name, path, argument))
    _check_filters_used(steps, filters)
    _check_conflicts(steps)
    steps.sort(key=lambda step: [_place_order(part) for part in step.path])
    return OperatorUpdate(modifications=tuple(steps), filters=filters)


def _place_order(name: str) -> tuple[int, int, str]:
    """Fields are changed in the order of their names, positions in arrays in that of their numbers."""
    index = array_index(name)
    return (1, 0, name) if index is None else (0, index, "")


def _modification(name: str, path: str, operand: Value) -> Modification:
    parts = _update_path(path)
    if name == "$rename":
        return _renaming(path, parts, operand)
    operator = modifier(name)
    return Modification(
        path=parts,
        modify=operator.compile(path, operand),
        way=operator.way,
        only_on_insert=operator.only_on_insert,
    )


def _update_path(path: str) -> Path:
    parts = split(path)
    if "" in parts:
        text = (
            "An empty update path is not valid."
            if path == ""
            else f"The update path '{path}' contains an empty field name, which is not allowed."
        )
        raise DocumentError(EMPTY_FIELD_NAME, text)
    if parts[0] == "$" or parts[0].startswith("$["):
        raise DocumentError(
            BAD_VALUE, f"Cannot have positional (i.e. '$') element in the first position in path '{path}'"
        )
    return parts


def _renaming(path: str, parts: Path, operand: Value) -> Modification:
    if not is_text(operand):
        raise DocumentError(BAD_VALUE, f"The 'to' field for $rename must be a string: {path}: {operand!r}")
    target = _update_path(operand)
    if target == parts:
        raise DocumentError(BAD_VALUE, f"The source and target field for $rename must differ: {path}: {operand!r}")
    if target[: len(parts)] == parts or parts[: len(target)] == target:
        raise DocumentError(BAD_VALUE, f"The source and target field for $rename must not be on the same path: {path}")
    for which, names in (("source", parts), ("destination", target)):
        if any(part == "$" or part.startswith("$[") for part in names):
            raise DocumentError(BAD_VALUE, f"The {which} field for $rename may not be dynamic: {'.'.join(names)}")
    return Modification(path=parts, modify=lambda current: MISSING, target=target)


def _rename(document: Document, source: Path, target: Path) -> None:
    value = value_at(document, source)
    for at in range(1, len(source)):
        before = value_at(document, source[:at])
        if not isinstance(before, (dict, list)) and before is not MISSING:
            raise DocumentError(INVALID_PATH, f"cannot use the part ({source[at - 1]} of {'.'.join(source)})")
        if isinstance(before, list) and array_index(source[at]) is None:
            raise DocumentError(INVALID_PATH, f"cannot use the part ({source[at - 1]} of {'.'.join(source)})")
        if isinstance(before, list) and value is not MISSING:
            raise DocumentError(BAD_VALUE, f"The source field cannot be an array element, '{'.'.join(source)}'")
    if value is MISSING:
        return
    for at in range(1, len(target)):
        if isinstance(value_at(document, target[:at]), list):
            raise DocumentError(BAD_VALUE, f"The destination field cannot be an array element, '{'.'.join(target)}'")
    change(document, source, lambda current: MISSING, way=Way.TAKEN)
    change(document, target, lambda current: value, way=Way.MADE)


def _check_conflicts(steps: Sequence[Modification]) -> None:
    _check_paths(path for step in steps for path in ((step.path,) if step.target is None else (step.path, step.target)))


def _check_paths(paths: Iterable[Path]) -> None:
    seen: set[Path] = set()
    below: dict[Path, set[str]] = {}
    for path in paths:
        clash = _clash(path, seen, below)
        if clash is not None:
            raise DocumentError(
                CONFLICTING_UPDATE,
                f"Updating the path '{'.'.join(path)}' would create a conflict at '{'.'.join(clash)}'",
            )
        seen.add(path)
        for end in range(1, len(path)):
            below.setdefault(path[:end], set()).add(path[end])


def _clash(path: Path, seen: set[Path], below: Mapping[Path, set[str]]) -> Path | None:
    """Where a path meets another: at the same place, above or below it, or where one is for elements by a filter."""
    if path in seen or path in below:
        return path
    for end in range(1, len(path)):
        mixes = {part.startswith("$[") for part in (path[end], *below.get(path[:end], ()))}
        if path[:end] in seen or len(mixes) > 1:
            return path[:end]
    return None


def _compile_array_filters(array_filters: Sequence[Value]) -> dict[str, Test]:
    tests: dict[str, Test] = {}
    for query in array_filters:
        if not isinstance(query, dict):
            raise DocumentError(14, "arrayFilters must be an array of objects")
        names = _filter_names(query)
        if not names and query:
            raise DocumentError(
                FAILED_TO_PARSE, "Cannot use an expression without a top-level field name in arrayFilters"
            )
        if len(names) != 1:
            raise DocumentError(FAILED_TO_PARSE, "Error parsing array filter: Expected a single top-level field name")
        (name,) = names
        if not (name[:1].islower() and name.isalnum()):
            raise DocumentError(
                BAD_VALUE,
                f"Error parsing array filter: The top-level field name must be an alphanumeric string "
                f"beginning with a lowercase letter, found '{name}'",
            )
        if name in tests:
            raise DocumentError(
                FAILED_TO_PARSE, f"Found multiple array filters with the same top-level field name {name}"
            )
        tests[name] = _element_test(name, compile_filter(query))
    return tests


NAMELESS: Final[tuple[Document, ...]] = ({"$all": []}, {"$not": {"$all": []}})
"""Conditions that no field can meet, or that every one meets: MongoDB forgets of which field they are."""


def _filter_names(query: Document) -> set[str]:
    names: set[str] = set()
    for name, operand in query.items():
        if not name.startswith("$") and operand not in NAMELESS:
            names.add(split(name)[0])
        elif isinstance(operand, list):
            names.update(*(_filter_names(clause) for clause in operand if isinstance(clause, dict)))
    return names


def _element_test(name: str, matcher: Matcher) -> Test:
    return lambda element: matcher({name: element})


def _check_filters_used(steps: Sequence[Modification], filters: Mapping[str, Test]) -> None:
    used = {part[2:-1] for step in steps for part in step.path if part.startswith("$[") and part != "$[]"}
    for name in used - set(filters):
        raise DocumentError(BAD_VALUE, f"No array filter found for identifier '{name}' in path")
    for name in set(filters) - used:
        raise DocumentError(FAILED_TO_PARSE, f"The array filter for identifier '{name}' was not used in the update")
