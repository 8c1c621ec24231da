"""Stages that make one document of many: `$group`, `$sortByCount`, `$bucket`, `$bucketAuto`."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from server.documents.budget import hold
from server.documents.errors import DocumentError, unsupported
from server.documents.expressions.compiler import Evaluate, Scope, compile_expression, root_scope
from server.documents.expressions.operands import named_arguments
from server.documents.key import key
from server.documents.pipeline.accumulators import NUMBER_SIZE, Accumulator, Gathered, compile_accumulator
from server.documents.pipeline.stages import CompileStage, Scene, Stage, Stream
from server.documents.sorting import estimated_size, size_of
from server.documents.values import MISSING, is_text, whole
from server.ejson import Document, Value

HELD_AT_ONCE: Final = 1024
"""Documents whose numbers are counted together against the operation's memory."""


@dataclass(slots=True)
class Group:
    """One group under way: its `_id`, its fields' values so far, and what takes one more of each."""

    identifier: Value
    fields: dict[str, Gathered]
    adders: tuple[Callable[[Scope], None], ...]

    def result(self) -> Document:
        """The group's document."""
        return {"_id": self.identifier} | {name: gathered.result() for name, gathered in self.fields.items()}


class Groups:
    """All groups of a stage, in the order in which they were met."""

    def __init__(self, accumulators: dict[str, Accumulator]) -> None:
        self._accumulators = accumulators
        self._groups: dict[bytes, Group] = {}
        self._by_text: dict[str, Group] = {}
        self._added = 0

    def add(self, identifier: Value, scope: Scope) -> None:
        """Put the document that the scope looks at in its group."""
        self._added += 1
        if self._added % HELD_AT_ONCE == 0:
            hold(HELD_AT_ONCE * NUMBER_SIZE * len(self._accumulators))
        group = self._by_text.get(identifier) if type(identifier) is str else None
        for add in (group or self._group(identifier)).adders:
            add(scope)

    def _group(self, identifier: Value) -> Group:
        wanted = key(identifier)
        group = self._groups.get(wanted)
        if group is None:
            hold(size_of(identifier) + 200)
            fields = {name: accumulator.gather() for name, accumulator in self._accumulators.items()}
            adders = tuple(gathered.add for gathered in fields.values())
            group = self._groups[wanted] = Group(identifier, fields, adders)
            if type(identifier) is str:
                self._by_text[identifier] = group
        return group

    def results(self, *, in_order: bool = False) -> list[Document]:
        """The groups' documents, by `_id` where asked."""
        groups = sorted(self._groups.items()) if in_order else self._groups.items()
        return [group.result() for _, group in groups]


def _accumulators(fields: Document) -> dict[str, Accumulator]:
    for name in fields:
        if "." in name:
            raise DocumentError(40235, f"The field name '{name}' cannot contain '.'")
        if name.startswith("$"):
            raise DocumentError(40236, f"The field name '{name}' cannot be an operator name")
    return {name: compile_accumulator(name, _lone(operand)) for name, operand in fields.items()}


def _lone(specification: Value) -> Value:
    """An accumulator takes one argument, and no array of them."""
    if isinstance(specification, dict) and len(specification) == 1:
        ((operator, argument),) = specification.items()
        if isinstance(argument, list):
            raise DocumentError(40237, f"The {operator} accumulator is a unary operator")
    return specification


def _group(operand: Value, scene: Scene) -> Stage:
    if not isinstance(operand, dict):
        raise DocumentError(15947, "a group's fields must be specified in an object")
    if "_id" not in operand:
        raise DocumentError(15955, "a group specification must include an _id")
    identify = compile_expression(operand["_id"])
    accumulators = _accumulators({name: field for name, field in operand.items() if name != "_id"})

    def stage(documents: Stream) -> Stream:
        groups = Groups(accumulators)
        for document in documents:
            scope = root_scope(document)
            identifier = identify(scope)
            groups.add(None if identifier is MISSING else identifier, scope)
        return groups.results()

    return stage


def _sort_by_count(operand: Value, scene: Scene) -> Stage:
    if not (is_text(operand) and operand.startswith("$")) and not isinstance(operand, dict):
        raise DocumentError(40148, "the sortByCount field must be a $-prefixed path or an expression object")
    counted = _group({"_id": operand, "count": {"$sum": 1}}, scene)

    def stage(documents: Stream) -> Stream:
        return sorted(counted(documents), key=lambda group: key(group["count"]), reverse=True)

    return stage


DEFAULT_OUTPUT: Final[Document] = {"count": {"$sum": 1}}


def _output(named: Document) -> dict[str, Accumulator]:
    output = named.get("output", DEFAULT_OUTPUT)
    if not isinstance(output, dict):
        raise DocumentError(40196, "The 'output' field must be an object")
    return _accumulators(output)


def _bucket(operand: Value, scene: Scene) -> Stage:
    named = named_arguments("$bucket", operand, ("groupBy", "boundaries"), ("default", "output"))
    boundaries = named["boundaries"]
    if not isinstance(boundaries, list) or len(boundaries) < 2:
        raise DocumentError(40192, "The $bucket 'boundaries' field must have at least 2 values")
    edges = [key(boundary) for boundary in boundaries]
    if any(low >= high for low, high in pairwise(edges)):
        raise DocumentError(40194, "The 'boundaries' option to $bucket must be sorted")
    group_by, accumulators = compile_expression(named["groupBy"]), _output(named)

    def stage(documents: Stream) -> Stream:
        groups = Groups(accumulators)
        for document in documents:
            scope = root_scope(document)
            groups.add(_bucket_of(scope, group_by, edges, boundaries, named), scope)
        return groups.results(in_order=True)

    return stage


def _bucket_of(scope: Scope, group_by: Evaluate, edges: list[bytes], boundaries: list[Value], named: Document) -> Value:
    at = bisect_right(edges, key(group_by(scope))) - 1
    if 0 <= at < len(edges) - 1:
        return boundaries[at]
    if "default" not in named:
        raise DocumentError(
            4934200, "$switch could not find a matching branch for an input, and no default was specified."
        )
    return named["default"]


def _bucket_auto(operand: Value, scene: Scene) -> Stage:
    named = named_arguments("$bucketAuto", operand, ("groupBy", "buckets"), ("output", "granularity"))
    if "granularity" in named:
        raise unsupported("the granularity of $bucketAuto")
    count = whole(named["buckets"])
    if count is None or count <= 0:
        raise DocumentError(40243, "The $bucketAuto 'buckets' field must be greater than 0")
    group_by, accumulators = compile_expression(named["groupBy"]), _output(named)

    def stage(documents: Stream) -> Stream:
        ranked: list[tuple[bytes, Value, Document]] = []
        for document in documents:
            hold(estimated_size(document))
            value = group_by(root_scope(document))
            ranked.append((key(value), None if value is MISSING else value, document))
        ranked.sort(key=lambda item: item[0])
        return _buckets(ranked, count, accumulators)

    return stage


def _buckets(
    ranked: list[tuple[bytes, Value, Document]], count: int, accumulators: dict[str, Accumulator]
) -> list[Document]:
    """Buckets of about the same size; equal values never part."""
    results: list[Document] = []
    size = max(round(len(ranked) / count), 1)
    start = 0
    while start < len(ranked):
        end = len(ranked) if len(results) == count - 1 else min(start + size, len(ranked))
        while end < len(ranked) and ranked[end][0] == ranked[end - 1][0]:
            end += 1
        upper = ranked[end][1] if end < len(ranked) else ranked[-1][1]
        groups = Groups(accumulators)
        for _, _, document in ranked[start:end]:
            groups.add({"min": ranked[start][1], "max": upper}, root_scope(document))
        results += groups.results()
        start = end
    return results


STAGES: Final[dict[str, CompileStage]] = {
    "$group": _group,
    "$sortByCount": _sort_by_count,
    "$bucket": _bucket,
    "$bucketAuto": _bucket_auto,
}
