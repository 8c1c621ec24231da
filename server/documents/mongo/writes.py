"""The system's writes on a real MongoDB."""

from __future__ import annotations

from typing import Final

from pymongo.results import UpdateResult

from server.documents.admission import with_id
from server.documents.errors import BAD_VALUE, DOLLAR_PREFIXED_FIELD, DocumentError
from server.documents.mongo.reads import Action
from server.documents.mongo.requests import Request, is_replacement
from server.ejson import Document, Value


async def insert_one(request: Request) -> Value:
    """Insert one document."""
    document = with_id(request.arguments.required_document("document"))
    await request.collection.insert_one(document, session=request.session)
    return {"insertedId": document["_id"]}


async def insert_many(request: Request) -> Value:
    """Insert documents; an ordered batch ends at the first that is refused."""
    documents = [with_id(document) for document in request.arguments.documents("documents")]
    if not documents:
        raise DocumentError(BAD_VALUE, "must provide at least one element in input slice")
    ordered = request.arguments.flag("ordered", default=True)
    await request.collection.insert_many(documents, ordered=ordered, session=request.session)
    return {"insertedIds": [document["_id"] for document in documents]}


async def update_one(request: Request) -> Value:
    """Update the first match; an update without operators replaces it (contract 3.3)."""
    update, upsert = request.update, request.arguments.flag("upsert")
    if isinstance(update, dict) and is_replacement(update):
        return await _replace(request, update)
    result = await request.collection.update_one(
        request.query, update, upsert=upsert, array_filters=request.array_filters, session=request.session,
        **request.options(),
    )  # fmt: skip
    return _counts(result)


async def update_many(request: Request) -> Value:
    """Update every match; an update without operators replaces each (contract 3.3)."""
    update = request.update
    result = await request.collection.update_many(
        request.query,
        replacing(update) if isinstance(update, dict) and is_replacement(update) else update,
        upsert=request.arguments.flag("upsert"),
        array_filters=request.array_filters,
        session=request.session,
        **request.options(),
    )
    return _counts(result)


def replacing(document: Document) -> list[Document]:
    """The pipeline that puts the document in the place of each match and keeps `_id`."""
    return [{"$replaceWith": {"$mergeObjects": [{"_id": "$_id"}, {"$literal": document}]}}]


async def replace_one(request: Request) -> Value:
    """Replace the first match."""
    return await _replace(request, request.arguments.document("replacement"))


async def _replace(request: Request, replacement: Document) -> Value:
    refuse_operators(replacement)
    result = await request.collection.replace_one(
        request.query, replacement, upsert=request.arguments.flag("upsert"), session=request.session,
        **request.options(),
    )  # fmt: skip
    return _counts(result)


def refuse_operators(replacement: Document) -> None:
    """A replacement is a document and no update."""
    if any(name.startswith("$") for name in replacement):
        raise DocumentError(DOLLAR_PREFIXED_FIELD, "the replace operation document must not contain atomic operators")


def _counts(result: UpdateResult) -> Document:
    counts: Document = {"matchedCount": result.matched_count, "modifiedCount": result.modified_count}
    return counts | {"upsertedId": result.upserted_id} if result.did_upsert else counts


async def delete_one(request: Request) -> Value:
    """Delete the first match."""
    result = await request.collection.delete_one(request.query, session=request.session, **request.options())
    return {"deletedCount": result.deleted_count}


async def delete_many(request: Request) -> Value:
    """Delete every match."""
    result = await request.collection.delete_many(request.query, session=request.session, **request.options())
    return {"deletedCount": result.deleted_count}


WRITES: Final[dict[str, Action]] = {
    "insertOne": insert_one,
    "insertMany": insert_many,
    "updateOne": update_one,
    "updateMany": update_many,
    "replaceOne": replace_one,
    "deleteOne": delete_one,
    "deleteMany": delete_many,
}
