"""`bulkWrite` on a real MongoDB."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from pymongo import DeleteMany, DeleteOne, InsertOne, ReplaceOne, UpdateMany, UpdateOne

from server.documents.admission import with_id
from server.documents.arguments import Arguments
from server.documents.bulk import ALLOWED
from server.documents.errors import BAD_VALUE, FAILED_TO_PARSE, DocumentError
from server.documents.mongo.reads import Action
from server.documents.mongo.requests import Request, is_replacement
from server.documents.mongo.writes import refuse_operators, replacing
from server.ejson import Document, Value

Write: TypeAlias = InsertOne[Document] | ReplaceOne[Document] | UpdateOne | UpdateMany | DeleteOne | DeleteMany


async def bulk_write(request: Request) -> Value:
    """Run the writes; an ordered list ends at the first that is refused. Returns null."""
    writes = [read_write(operation) for operation in request.arguments.documents("operations")]
    if not writes:
        raise DocumentError(BAD_VALUE, "must provide at least one element in input slice")
    ordered = request.arguments.flag("ordered", default=True)
    await request.collection.bulk_write(writes, ordered=ordered, session=request.session)
    return None


def single_write(operation: Document) -> tuple[str, Document]:
    """The action of one write of the list, and its arguments. Raises DocumentError."""
    if len(operation) != 1:
        raise DocumentError(FAILED_TO_PARSE, "each bulkWrite operation must have exactly one field")
    ((name, given),) = operation.items()
    if name not in ALLOWED:
        raise DocumentError(FAILED_TO_PARSE, f"unknown bulkWrite operation: {name}")
    if not isinstance(given, dict):
        raise DocumentError(FAILED_TO_PARSE, f"the bulkWrite operation {name} must be an object")
    return name, {"document": given} if name == "insertOne" and "document" not in given else given


def read_write(operation: Document) -> Write:
    """One write as the driver takes it."""
    name, given = single_write(operation)
    arguments = Arguments(given)
    query = arguments.document("filter", "query")
    match name:
        case "insertOne":
            return InsertOne(with_id(arguments.required_document("document")))
        case "deleteOne":
            return DeleteOne(query, hint=hint_of(arguments))
        case "deleteMany":
            return DeleteMany(query, hint=hint_of(arguments))
        case "replaceOne":
            return _replacement(query, arguments.document("replacement"), arguments)
        case _:
            return _update(name, query, arguments)


def _update(name: str, query: Document, arguments: Arguments) -> Write:
    written = arguments.value("update")
    update: Document | list[Document]
    update = arguments.documents("update") if isinstance(written, list) else arguments.required_document("update")
    if isinstance(update, dict) and is_replacement(update):
        if name == "updateOne":
            return _replacement(query, update, arguments)
        update = replacing(update)
    kind = UpdateOne if name == "updateOne" else UpdateMany
    filters: list[Mapping[str, Value]] | None = [*arguments.documents("arrayFilters")] or None
    hint = hint_of(arguments)
    return kind(query, update, upsert=arguments.flag("upsert"), array_filters=filters, hint=hint)


def _replacement(query: Document, replacement: Document, arguments: Arguments) -> ReplaceOne[Document]:
    refuse_operators(replacement)
    return ReplaceOne(query, replacement, upsert=arguments.flag("upsert"), hint=hint_of(arguments))


def hint_of(arguments: Arguments) -> str | Document | None:
    """The index that the write names. Raises DocumentError where it is neither a name nor keys."""
    hint = arguments.value("hint")
    return hint if isinstance(hint, str) else arguments.optional_document("hint")


BULK: Final[dict[str, Action]] = {"bulkWrite": bulk_write}
