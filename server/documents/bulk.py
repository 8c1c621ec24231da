"""`bulkWrite`: a list of writes, each of which stands or falls alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from server.documents.arguments import Arguments
from server.documents.errors import BAD_VALUE, FAILED_TO_PARSE, DocumentError
from server.documents.options import with_choices
from server.documents.session import Action, Session
from server.documents.values import is_document
from server.documents.writes import WRITES
from server.ejson import Document, Value

ALLOWED: Final = ("insertOne", "updateOne", "updateMany", "replaceOne", "deleteOne", "deleteMany")


def bulk_write(session: Session, arguments: Arguments) -> Value:
    """Run the writes; after a refusal those before it stay, and the rest runs where not `ordered`. Returns null."""
    writes = [_read(operation) for operation in arguments.documents("operations")]
    if not writes:
        raise DocumentError(BAD_VALUE, "must provide at least one element in input slice")
    refusal: DocumentError | None = None
    for write in writes:
        try:
            session.catalog.alone(lambda write=write: write(session))  # type: ignore[misc]
        except DocumentError as error:
            refusal = refusal or error
            if arguments.flag("ordered", default=True):
                break
    if refusal is not None:
        raise DocumentError(refusal.code, refusal.message, keeps_work=True) from refusal
    return None


def _read(operation: Document) -> Callable[[Session], Value]:
    if len(operation) != 1:
        raise DocumentError(FAILED_TO_PARSE, "each bulkWrite operation must have exactly one field")
    ((name, given),) = operation.items()
    if name not in ALLOWED:
        raise DocumentError(FAILED_TO_PARSE, f"unknown bulkWrite operation: {name}")
    if not is_document(given):
        raise DocumentError(FAILED_TO_PARSE, f"the bulkWrite operation {name} must be an object")
    bare = name == "insertOne" and "document" not in given
    arguments = Arguments({"document": given} if bare else given)
    return lambda session: WRITES[name](with_choices(session, arguments), arguments)


BULK: Final[dict[str, Action]] = {"bulkWrite": bulk_write}
