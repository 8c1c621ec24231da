"""Projections of find and `$project`: inclusion, exclusion, computed fields, `$slice`, `$elemMatch`, `field.$`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from server.documents.errors import DocumentError, unsupported
from server.documents.expressions.compiler import compile_expression, root_scope
from server.documents.filters import compile_element
from server.documents.matched_index import matched_index
from server.documents.paths import meets_array, split
from server.documents.projection_tree import Transform, Tree, exclude, include
from server.documents.values import MISSING, is_number, is_true, whole
from server.ejson import Document, Value

Project: TypeAlias = Callable[[Document], Document]
EXPRESSION_LIKE: Final = ("$slice", "$elemMatch", "$meta")


@dataclass(slots=True)
class _Plan:
    """A projection as it is read: its tree, and whether it includes (None: not said yet)."""

    tree: Tree = field(default_factory=Tree)
    includes: bool | None = None
    keeps_id: bool | None = None
    picks: bool = False
    slices: bool = False
    positional: str | None = None

    def decide(self, path: str, *, includes: bool) -> None:
        if self.includes is not None and self.includes != includes:
            kind, mode, code = ("inclusion", "exclusion", 31253) if includes else ("exclusion", "inclusion", 31254)
            raise DocumentError(code, f"Cannot do {kind} on field {path} in {mode} projection")
        self.includes = includes


def compile_projection(specification: Value, *, query: Document | None = None, for_find: bool = True) -> Project:
    """A function from documents to what the projection shows of them; `query` serves `field.$`."""
    if not isinstance(specification, dict):
        raise DocumentError(14, "the projection must be an object")
    plan = _Plan()
    for path, wanted in specification.items():
        _read(plan, path, wanted, for_find=for_find)
    return _projector(plan, query or {})


def _read(plan: _Plan, path: str, wanted: Value, *, for_find: bool) -> None:
    if path == "_id" and (is_number(wanted) or isinstance(wanted, bool)):
        plan.keeps_id = is_true(wanted)
        return
    parts = split(path)
    if "" in parts:
        code = 40352 if path == "" else 40353 if path.endswith(".") else 15998
        raise DocumentError(code, "FieldPath field names may not be empty strings.")
    if for_find and parts[-1] == "$" and len(parts) > 1:
        if plan.positional is not None:
            raise DocumentError(31276, "Cannot specify more than one positional projection per query.")
        if plan.picks:
            raise DocumentError(31256, "Cannot specify positional operator and $elemMatch.")
        plan.positional = ".".join(parts[:-1])
        plan.decide(path, includes=True)
        path, parts, wanted = plan.positional, parts[:-1], True
    if any(part.startswith("$") for part in parts):
        raise DocumentError(16410, f"FieldPath field names may not start with '$': {path}")
    _read_field(plan, path, parts, wanted, for_find=for_find)


def _read_field(plan: _Plan, path: str, parts: tuple[str, ...], wanted: Value, *, for_find: bool) -> None:
    if isinstance(wanted, dict) and wanted and not next(iter(wanted)).startswith("$"):
        for name, inner in wanted.items():
            _read(plan, f"{path}.{name}", inner, for_find=for_find)
        return
    if wanted == {}:
        raise DocumentError(51270, "An empty sub-projection is not a valid value. Found empty object at path")
    tree = plan.tree
    for part in parts[:-1]:
        tree = tree.descend(part, path)
    name = parts[-1]
    tree.claim(name, path)
    if is_number(wanted) or isinstance(wanted, bool):
        plan.decide(path, includes=is_true(wanted))
        (tree.keep if is_true(wanted) else tree.drop).add(name)
    elif for_find and isinstance(wanted, dict) and next(iter(wanted), "") in EXPRESSION_LIKE and _is_find_form(wanted):
        _read_transform(plan, tree, path, name, wanted)
    else:
        if plan.includes is False:
            raise DocumentError(31310, f"Cannot use an expression {path} in an exclusion projection")
        plan.decide(path, includes=True)
        tree.computed[name] = compile_expression(wanted)


def _is_find_form(wanted: Document) -> bool:
    if "$slice" in wanted:
        operand = wanted["$slice"]
        if not isinstance(operand, list) and not is_number(operand):
            raise DocumentError(28667, "Invalid $slice syntax: it takes a number, or an array")
        return is_number(operand) or (isinstance(operand, list) and len(operand) == 2 and all(map(is_number, operand)))
    return True


def _read_transform(plan: _Plan, tree: Tree, path: str, name: str, wanted: Document) -> None:
    (operator, operand), *_ = wanted.items()
    if operator == "$meta":
        raise unsupported("$meta")
    if operator == "$elemMatch":
        if not isinstance(operand, dict):
            raise DocumentError(31274, "elemMatch: Invalid argument, object required")
        if "." in path:
            raise DocumentError(31275, "Cannot use $elemMatch projection on a nested field.")
        if plan.positional is not None:
            raise DocumentError(31255, "Cannot specify positional operator and $elemMatch.")
        plan.picks = True
        tree.transforms[name] = _first_matching(operand)
        return
    plan.slices = True
    tree.transforms[name] = _slice(operand)


def _first_matching(query: Document) -> Transform:
    test = compile_element(query)

    def transform(value: Value) -> Value:
        if not isinstance(value, list):
            return MISSING
        return next(([element] for element in value if test(element)), MISSING)

    return transform


def _slice(operand: Value) -> Transform:
    numbers = [whole(item) for item in (operand if isinstance(operand, list) else [operand])]
    if any(number is None for number in numbers):
        raise DocumentError(28667, "$slice takes integers")
    skip, count = (0, numbers[0] or 0) if len(numbers) == 1 else (numbers[0] or 0, numbers[1] or 0)
    if len(numbers) == 2 and count <= 0:
        raise DocumentError(28724, "First argument to $slice must be an array, or its limit positive")

    def transform(value: Value) -> Value:
        if not isinstance(value, list):
            return value
        if count < 0:
            return value[count:]
        start = max(len(value) + skip, 0) if skip < 0 else skip
        return value[start : start + count]

    return transform


def _projector(plan: _Plan, query: Document) -> Project:
    including = plan.includes if plan.includes is not None else (plan.picks and not plan.slices) or bool(plan.keeps_id)
    if including:
        if plan.keeps_id is not False and "_id" not in plan.tree.names():
            plan.tree.keep.add("_id")
    elif plan.keeps_id is False:
        plan.tree.drop.add("_id")
    apply = include if including else exclude
    positional = plan.positional

    def project(document: Document) -> Document:
        if positional is not None:
            document = _only_matched(document, positional, query)
        return apply(document, plan.tree, root_scope(document))

    return project


def _only_matched(document: Document, path: str, query: Document) -> Document:
    index = matched_index(query, document)
    if index is None and not meets_array(document, split(path)):
        return document
    if index is None:
        raise DocumentError(51246, "Executor error during find command: positional operator '.$' couldn't find a match")
    return _narrowed(document, path.split("."), index)


def _narrowed(document: Document, parts: list[str], index: int) -> Document:
    value = document.get(parts[0], MISSING)
    if isinstance(value, dict) and len(parts) > 1:
        return {**document, parts[0]: _narrowed(value, parts[1:], index)}
    if isinstance(value, list):
        if index >= len(value):
            raise DocumentError(51247, "positional operator '.$' element mismatch")
        return {**document, parts[0]: [value[index]]}
    return document
