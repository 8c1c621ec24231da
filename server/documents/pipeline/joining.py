"""Stages that bring other documents in: `$lookup`, `$graphLookup`, `$unionWith`, `$facet`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from bson import Int64, Regex

from server.documents.budget import check_time, hold
from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.expressions.compiler import compile_expression, let, root_scope, without_folding
from server.documents.expressions.operands import named_arguments
from server.documents.filters import compile_filter
from server.documents.key import key
from server.documents.paths import Path, candidates, leaves, split
from server.documents.pipeline.reordering import reordered
from server.documents.pipeline.shaping import add_fields
from server.documents.pipeline.stages import CompileStage, Scene, Stage, Stream, compile_pipeline, run
from server.documents.session import Session
from server.documents.sorting import estimated_size
from server.documents.storage import Namespace
from server.documents.values import MISSING, is_text, whole
from server.ejson import Document, Value


def _elsewhere(session: Session, collection: Value) -> Session:
    if not is_text(collection):
        raise DocumentError(FAILED_TO_PARSE, "the name of another collection must be a string")
    namespace = Namespace(database=session.namespace.database, collection=collection)
    return Session(catalog=session.catalog, namespace=namespace, guard=session.guard)


def _inner(operand: Value, scene: Scene) -> list[Stage]:
    if not isinstance(operand, list):
        raise DocumentError(14, "'pipeline' option must be specified as an array")
    return compile_pipeline(reordered(operand), scene.deeper())


def _text(named: Document, name: str) -> str:
    value = named.get(name)
    if not is_text(value) or not value:
        raise DocumentError(FAILED_TO_PARSE, f"the argument '{name}' must be a string, found: {value!r}")
    return value


def _lookup(operand: Value, scene: Scene) -> Stage:
    scene.require_system("$lookup")
    named = named_arguments("$lookup", operand, ("as",), ("from", "localField", "foreignField", "let", "pipeline"))
    if ("localField" in named) != ("foreignField" in named) or not ("localField" in named or "pipeline" in named):
        raise DocumentError(FAILED_TO_PARSE, "$lookup requires both 'localField' and 'foreignField', or a 'pipeline'")
    foreign, target = _elsewhere(scene.session, named.get("from")), _text(named, "as")
    bindings = named.get("let", {})
    if not isinstance(bindings, dict):
        raise DocumentError(FAILED_TO_PARSE, "$lookup argument 'let' must be an object")
    with without_folding():
        variables = {name: compile_expression(value) for name, value in bindings.items()}
    stages = _inner(named.get("pipeline", []), Scene(session=foreign, depth=scene.depth))
    fields = (_text(named, "localField"), _text(named, "foreignField")) if "localField" in named else None

    def joined(document: Document) -> Document:
        check_time()
        query = _equality(document, *fields) if fields else {}
        values = {name: evaluate(root_scope(document)) for name, evaluate in variables.items()}
        with let(values):
            found = list(run(stages, (row.document for row in foreign.matching(query))))
        hold(sum(map(estimated_size, found)))
        return _with_field(document, split(target), found)

    return lambda documents: map(joined, documents)


def _with_field(document: Document, path: Path, found: list[Document]) -> Document:
    """The document with what was found; whatever is no document on the way to its place gives way to one."""
    below = document.get(path[0])
    if len(path) == 1:
        return {**document, path[0]: found}
    return {**document, path[0]: _with_field(below if isinstance(below, dict) else {}, path[1:], found)}


def _equality(document: Document, local: str, foreign: str) -> Document:
    """The filter for the other side: equal to the local value, or to one of the local array's elements."""
    values: list[Value] = []
    for leaf in leaves(document, split(local)):
        values += leaf if isinstance(leaf, list) else [None if leaf is MISSING else leaf]
    plain = [value for value in values if not isinstance(value, Regex)]
    patterns: list[Value] = [{foreign: {"$eq": value}} for value in values if isinstance(value, Regex)]
    equal: Document = {foreign: {"$in": plain or ([] if patterns else [None])}}
    return {"$or": [equal, *patterns]} if patterns else equal


def _graph_lookup(operand: Value, scene: Scene) -> Stage:
    scene.require_system("$graphLookup")
    named = named_arguments(
        "$graphLookup",
        operand,
        ("from", "startWith", "connectFromField", "connectToField", "as"),
        ("maxDepth", "depthField", "restrictSearchWithMatch"),
    )
    foreign, start = _elsewhere(scene.session, named["from"]), compile_expression(named["startWith"])
    source, target = split(_text(named, "connectFromField")), _text(named, "connectToField")
    restriction = named.get("restrictSearchWithMatch", {})
    compile_filter(restriction)
    deepest = whole(named["maxDepth"]) if "maxDepth" in named else None
    depth_field = _text(named, "depthField") if "depthField" in named else None

    def reached(document: Document) -> Document:
        first = start(root_scope(document))
        frontier = first if isinstance(first, list) else [None if first is MISSING else first]
        found: dict[bytes, Document] = {}
        depth = 0
        while frontier and (deepest is None or depth <= deepest):
            check_time()
            query: Document = {"$and": [{target: {"$in": frontier}}, restriction]}
            frontier = _discover(foreign, query, found, depth, depth_field, source)
            depth += 1
        return add_fields({_text(named, "as"): {"$literal": list(found.values())}})(document)

    return lambda documents: map(reached, documents)


def _discover(
    foreign: Session,
    query: Document,
    found: dict[bytes, Document],
    depth: int,
    depth_field: str | None,
    source: tuple[str, ...],
) -> list[Value]:
    """Add the documents not met yet; the values from which the search goes on."""
    onward: list[Value] = []
    for row in foreign.matching(query):
        identifier = key(row.document["_id"])
        if identifier in found:
            continue
        hold(estimated_size(row.document))
        found[identifier] = row.document if depth_field is None else {**row.document, depth_field: Int64(depth)}
        onward += [value for value in candidates(row.document, source) if not isinstance(value, list)]
    return [value for value in onward if value is not MISSING]


def _union_with(operand: Value, scene: Scene) -> Stage:
    scene.require_system("$unionWith")
    named = {"coll": operand} if is_text(operand) else operand
    named = named_arguments("$unionWith", named, ("coll",), ("pipeline",))
    foreign = _elsewhere(scene.session, named["coll"])
    stages = _inner(named.get("pipeline", []), Scene(session=foreign, depth=scene.depth))

    def stage(documents: Stream) -> Stream:
        return chain(documents, run(stages, (row.document for row in foreign.matching({}))))

    return stage


def _facet(operand: Value, scene: Scene) -> Stage:
    if not isinstance(operand, dict) or not operand:
        raise DocumentError(40169, "the $facet specification must be a non-empty object")
    for name, stages in operand.items():
        if not isinstance(stages, list):
            raise DocumentError(40170, f"arguments to $facet must be arrays, {name} is none")
        if any(isinstance(stage, dict) and set(stage) & {"$facet", "$out", "$merge", "$documents"} for stage in stages):
            raise DocumentError(40600, "this stage is not allowed to be used within a $facet stage")
    pipelines = {name: _inner(stages, scene) for name, stages in operand.items()}

    def stage(documents: Stream) -> Stream:
        everything = list(_held(documents))
        return [{name: list(run(stages, everything)) for name, stages in pipelines.items()}]

    return stage


def _held(documents: Stream) -> Iterator[Document]:
    for document in documents:
        hold(estimated_size(document))
        yield document


STAGES: Final[dict[str, CompileStage]] = {
    "$lookup": _lookup,
    "$graphLookup": _graph_lookup,
    "$unionWith": _union_with,
    "$facet": _facet,
}
