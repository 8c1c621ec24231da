"""The action `aggregate`: a pipeline compiled and run over a collection."""

from __future__ import annotations

from typing import Final

from server.documents.arguments import Arguments
from server.documents.errors import unsupported
from server.documents.session import Action, Session
from server.ejson import Document, Value


def writes_somewhere(arguments: Document) -> bool:
    """Whether the pipeline, if the arguments have one, ends in a stage that writes."""
    pipeline = arguments.get("pipeline")
    if not isinstance(pipeline, list) or not pipeline or not isinstance(pipeline[-1], dict):
        return False
    return "$out" in pipeline[-1] or "$merge" in pipeline[-1]


def aggregate(session: Session, arguments: Arguments) -> Value:
    """The documents that the pipeline gives."""
    raise unsupported("aggregate")


AGGREGATE: Final[dict[str, Action]] = {"aggregate": aggregate}
