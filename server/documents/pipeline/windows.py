"""The stage `$setWindowFields`: documents in partitions, in order, with fields computed over their neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from server.documents.budget import hold
from server.documents.errors import FAILED_TO_PARSE, TYPE_MISMATCH, DocumentError
from server.documents.expressions.compiler import Evaluate, compile_expression, root_scope, without_folding
from server.documents.key import key
from server.documents.paths import Path, split
from server.documents.pipeline.frames import Partition
from server.documents.pipeline.partition_values import WindowFunction
from server.documents.pipeline.shaping import field_path, place, refuse_conflicts
from server.documents.pipeline.stages import CompileStage, Scene, Stage, Stream
from server.documents.pipeline.window_functions import compile_window_function
from server.documents.positions import value_at
from server.documents.sorting import SortKey, compile_sort, estimated_size
from server.documents.values import MISSING, type_name
from server.ejson import Document, Value


def _set_window_fields(operand: Value, scene: Scene) -> Stage:
    named = _named(operand)
    order, output = named.get("sortBy", {}), named["output"]
    if not isinstance(order, dict) or not isinstance(output, dict):
        raise DocumentError(TYPE_MISMATCH, "the fields 'sortBy' and 'output' of $setWindowFields must be objects")
    paths = [field_path(name) for name in output]
    refuse_conflicts(paths, 6307900)
    with without_folding():
        functions = [
            (path, compile_window_function(name, specification, order))
            for path, (name, specification) in zip(paths, output.items(), strict=True)
        ]
    partition_by = compile_expression(named.get("partitionBy"))
    sort_key = compile_sort(order) if order else None
    position = split(next(iter(order))) if len(order) == 1 else None

    def stage(documents: Stream) -> Stream:
        for members in _partitions(documents, partition_by, sort_key):
            yield from _computed(members, functions, position)

    return stage


def _named(operand: Value) -> Document:
    if not isinstance(operand, dict):
        raise DocumentError(FAILED_TO_PARSE, "the $setWindowFields stage specification must be an object")
    unknown = next((name for name in operand if name not in ("output", "partitionBy", "sortBy")), None)
    if unknown is not None:
        raise DocumentError(40415, f"BSON field '$setWindowFields.{unknown}' is an unknown field.")
    if "output" not in operand:
        raise DocumentError(40414, "BSON field '$setWindowFields.output' is missing but a required field")
    return operand


def _partitions(documents: Stream, partition_by: Evaluate, sort_key: SortKey | None) -> Iterator[list[Document]]:
    """The partitions in the order of their values, each in its own order."""
    found: dict[bytes, list[tuple[bytes, Document]]] = {}
    for document in documents:
        hold(estimated_size(document))
        value = partition_by(root_scope(document))
        if isinstance(value, list):
            raise DocumentError(
                TYPE_MISMATCH,
                f"An expression used to partition cannot evaluate to value of type {type_name(value)}",
            )
        place_in_order = sort_key(document) if sort_key is not None else b""
        found.setdefault(key(None if value is MISSING else value), []).append((place_in_order, document))
    for _, members in sorted(found.items()):
        members.sort(key=lambda member: member[0])
        yield [document for _, document in members]


def _computed(
    documents: list[Document], functions: list[tuple[Path, WindowFunction]], position: Path | None
) -> Iterator[Document]:
    positions = [] if position is None else [value_at(document, position) for document in documents]
    partition = Partition(documents=documents, positions=positions)
    columns = [(path, function(partition)) for path, function in functions]
    for at, document in enumerate(documents):
        result = dict(document)
        for path, values in columns:
            place(result, path, lambda scope, value=values[at]: value, {})  # type: ignore[misc]
        yield result


STAGES: Final[dict[str, CompileStage]] = {"$setWindowFields": _set_window_fields}
