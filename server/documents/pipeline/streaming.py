"""Stages that let documents through, order them, number them, or take them apart."""

from __future__ import annotations

import random
from itertools import islice
from typing import Final

from bson import Int64

from server.documents.budget import check_time
from server.documents.errors import DocumentError
from server.documents.expressions.compiler import compile_expression, root_scope
from server.documents.filters import compile_filter
from server.documents.paths import split
from server.documents.pipeline.shaping import SHAPES
from server.documents.pipeline.stages import CompileStage, Scene, Stage, Stream
from server.documents.positions import Way, change, value_at
from server.documents.sorting import compile_sort, sort_documents
from server.documents.values import MISSING, is_text, is_true, type_name, whole
from server.ejson import Document, Value


def _match(operand: Value, scene: Scene) -> Stage:
    if not isinstance(operand, dict):
        raise DocumentError(15959, "the match filter must be an expression in an object")
    matcher = compile_filter(operand)
    return lambda documents: filter(matcher, documents)


def _shaping(name: str) -> CompileStage:
    compile_shape = SHAPES[name]

    def compile_stage(operand: Value, scene: Scene) -> Stage:
        shape = compile_shape(operand)
        return lambda documents: map(shape, documents)

    return compile_stage


def _sort(operand: Value, scene: Scene) -> Stage:
    order = compile_sort(operand)
    return lambda documents: sort_documents(documents, order)


def _number(name: str, operand: Value, least: int, code: int) -> int:
    number = whole(operand)
    if number is None or number < least:
        raise DocumentError(
            code, f"invalid argument to {name} stage: Expected an integer of at least {least}: {operand}"
        )
    return number


def _limit(operand: Value, scene: Scene) -> Stage:
    number = _number("$limit", operand, 1, 15958)
    return lambda documents: islice(documents, number)


def _skip(operand: Value, scene: Scene) -> Stage:
    number = _number("$skip", operand, 0, 5107200)
    return lambda documents: islice(documents, number, None)


def _count(operand: Value, scene: Scene) -> Stage:
    if operand == "":
        raise DocumentError(40157, "the count field must be a non-empty string")
    if not is_text(operand) or operand.startswith("$") or "." in operand or "\x00" in operand:
        raise DocumentError(40156, "the count field must be a non-empty string without '$' or '.'")

    def stage(documents: Stream) -> Stream:
        number = sum(1 for _ in documents)
        return [{operand: number}] if number else []

    return stage


def _unwind(operand: Value, scene: Scene) -> Stage:
    named = operand if isinstance(operand, dict) else {"path": operand}
    text, index_name = named.get("path"), named.get("includeArrayIndex")
    if not is_text(text) or not text.startswith("$"):
        raise DocumentError(28818, f"path option to $unwind stage should be prefixed with a '$': {text}")
    if "path" not in named or set(named) - {"path", "includeArrayIndex", "preserveNullAndEmptyArrays"}:
        raise DocumentError(28811, "unrecognized option to $unwind stage")
    if index_name is not None and (not is_text(index_name) or index_name.startswith("$") or not index_name):
        raise DocumentError(28822, "includeArrayIndex option to $unwind stage should be a name without a '$'")
    keeps = is_true(named.get("preserveNullAndEmptyArrays", False))
    path = split(text[1:])
    index_path = split(index_name) if index_name else None

    def stage(documents: Stream) -> Stream:
        for document in documents:
            value = value_at(document, path)
            items = value if isinstance(value, list) else [value]
            indexes: list[Value] = [Int64(at) for at in range(len(items))] if isinstance(value, list) else [None]
            if (isinstance(value, list) and not value) or value is None or value is MISSING:
                if keeps:
                    yield _unwound(document, path, MISSING if isinstance(value, list) else value, index_path, None)
                continue
            for item, index in zip(items, indexes, strict=True):
                check_time()
                yield _unwound(document, path, item, index_path, index)

    return stage


def _unwound(
    document: Document, path: tuple[str, ...], value: Value, index_path: tuple[str, ...] | None, index: Value
) -> Document:
    """A copy of the document with one element in the array's place."""
    result = _copied(document, path)
    change(result, path, lambda current: value, way=Way.TRIED if value is MISSING else Way.MADE)
    if index_path is not None:
        result = _copied(result, index_path)
        change(result, index_path, lambda current: index, way=Way.MADE)
    return result


def _copied(document: Document, path: tuple[str, ...]) -> Document:
    """The document with its own copies of the embedded documents on the path."""
    result = dict(document)
    below = result.get(path[0])
    if len(path) > 1 and isinstance(below, dict):
        result[path[0]] = _copied(below, path[1:])
    return result


def _sample(operand: Value, scene: Scene) -> Stage:
    if not isinstance(operand, dict) or set(operand) != {"size"}:
        raise DocumentError(28745, "the $sample stage specification must be an object with the field 'size'")
    size = _number("$sample", operand["size"], 0, 28747)

    def stage(documents: Stream) -> Stream:
        everything = sort_documents(documents, lambda document: b"")
        return random.sample(everything, min(size, len(everything)))

    return stage


def _redact(operand: Value, scene: Scene) -> Stage:
    evaluate = compile_expression(operand)

    def redacted(document: Document, root: Document) -> Document | None:
        verdict = evaluate({**root_scope(root), "CURRENT": document})
        if verdict == "$$KEEP":
            return document
        if verdict == "$$PRUNE":
            return None
        if verdict != "$$DESCEND":
            raise DocumentError(
                17053, "$redact's expression should not return anything aside from $$KEEP, $$DESCEND, $$PRUNE"
            )
        fields = {name: descend(value, root) for name, value in document.items()}
        return {name: value for name, value in fields.items() if value is not MISSING}

    def descend(value: Value, root: Document) -> Value:
        if isinstance(value, dict):
            found = redacted(value, root)
            return MISSING if found is None else found
        if isinstance(value, list):
            return [item for item in (descend(element, root) for element in value) if item is not MISSING]
        return value

    def stage(documents: Stream) -> Stream:
        found = (redacted(document, document) for document in documents)
        return (document for document in found if document is not None)

    return stage


def _documents(operand: Value, scene: Scene) -> Stage:
    evaluate = compile_expression(operand)

    def stage(documents: Stream) -> Stream:
        items = evaluate(root_scope({}))
        if not isinstance(items, list):
            raise DocumentError(5858203, f"$documents must be an array, found: {type_name(items)}")
        for item in items:
            if not isinstance(item, dict):
                raise DocumentError(40228, "$documents must be an array of objects")
            yield item

    return stage


STAGES: Final[dict[str, CompileStage]] = {
    "$match": _match,
    "$sort": _sort,
    "$limit": _limit,
    "$skip": _skip,
    "$count": _count,
    "$unwind": _unwind,
    "$sample": _sample,
    "$redact": _redact,
    "$documents": _documents,
    **{name: _shaping(name) for name in SHAPES},
}
