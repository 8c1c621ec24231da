"""The action `aggregate`: a pipeline compiled and run over a collection."""

from __future__ import annotations

from typing import Final

from server.documents.arguments import Arguments
from server.documents.budget import hold
from server.documents.errors import INVALID_NAMESPACE, DocumentError
from server.documents.operation import Unguarded
from server.documents.pipeline import grouping, joining, stages, streaming, windows, writing
from server.documents.pipeline.reordering import reordered
from server.documents.pipeline.stages import Scene, Stream, compile_pipeline, run
from server.documents.session import Action, Session
from server.documents.sorting import estimated_size
from server.ejson import Document, Value

for _module in (streaming, grouping, joining, windows, writing):
    stages.STAGES.update(_module.STAGES)

WRITING_STAGES: Final = ("$out", "$merge")


def writes_somewhere(arguments: Document) -> bool:
    """Whether the pipeline, if the arguments have one, ends in a stage that writes."""
    pipeline = arguments.get("pipeline")
    last = pipeline[-1] if isinstance(pipeline, list) and pipeline else None
    return isinstance(last, dict) and any(name in last for name in WRITING_STAGES)


def aggregate(session: Session, arguments: Arguments) -> Value:
    """The documents that the pipeline gives."""
    pipeline = arguments.documents("pipeline")
    for stage in pipeline[:-1]:
        misplaced = next((name for name in WRITING_STAGES if name in stage), None)
        if misplaced is not None:
            raise DocumentError(40601, f"{misplaced} can only be the final stage in the pipeline")
    ordered = reordered(list(pipeline))
    compiled = compile_pipeline(ordered, Scene(session=session))
    results: list[Document] = []
    for document in run(compiled, _source(session, ordered)):
        hold(estimated_size(document))
        results.append(document)
    return results


def _source(session: Session, pipeline: list[Value]) -> Stream:
    """The documents for the first stage; a leading `$match` of the system picks its index."""
    first = pipeline[0] if pipeline and isinstance(pipeline[0], dict) else {}
    if "$documents" in first:
        return []
    if not session.namespace.collection:
        raise DocumentError(INVALID_NAMESPACE, "a pipeline without a collection must begin with $documents")
    query = first.get("$match") if isinstance(session.guard, Unguarded) else None
    return session.readable(query if isinstance(query, dict) else {})


AGGREGATE: Final[dict[str, Action]] = {"aggregate": aggregate}
