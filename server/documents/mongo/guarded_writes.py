"""A user's writes on a real MongoDB: found, judged and written in one transaction.

The documents that the operation is for are fetched, the embedded engine changes its copies of them while the guard
watches, and what it wrote is written to MongoDB, each time only if the document is still what was judged.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from server.documents.admission import with_id
from server.documents.budget import hold
from server.documents.change_log import Change
from server.documents.errors import BAD_VALUE, WRITE_CONFLICT, DocumentError
from server.documents.mongo.bulk import single_write
from server.documents.mongo.exact_update import exact_update
from server.documents.mongo.guarded_reads import GuardedAction, namespace_of
from server.documents.mongo.requests import Request
from server.documents.mongo.sighted import find_seen
from server.documents.operation import WriteGuard
from server.documents.scratch import Scratch
from server.documents.sorting import estimated_size
from server.ejson import Document, Value

MANY: Final = frozenset({"updateMany", "deleteMany"})


async def insert_one(request: Request, guard: WriteGuard) -> Value:
    """Insert one document, if it may be."""
    document = with_id(request.arguments.required_document("document"))
    guard.check(None, document)
    await request.collection.insert_one(document, session=request.session)
    return {"insertedId": document["_id"]}


async def insert_many(request: Request, guard: WriteGuard) -> Value:
    """Insert documents, if all of them may be."""
    documents = [with_id(document) for document in request.arguments.documents("documents")]
    if not documents:
        raise DocumentError(BAD_VALUE, "must provide at least one element in input slice")
    for document in documents:
        guard.check(None, document)
    ordered = request.arguments.flag("ordered", default=True)
    await request.collection.insert_many(documents, ordered=ordered, session=request.session)
    return {"insertedIds": [document["_id"] for document in documents]}


async def change(request: Request, guard: WriteGuard) -> Value:
    """Update, replace or delete what matches and may be seen, if all of it may be written."""
    targets = await _targets(request, guard)

    def run() -> tuple[Value, list[Change]]:
        with Scratch(namespace_of(request), targets) as scratch:
            return scratch.run(request.operation, guard)

    result, changes = await asyncio.to_thread(run)
    for made in changes:
        await _write(request, made)
    return result


async def _targets(request: Request, guard: WriteGuard) -> list[Document]:
    order = None if request.operation.action in MANY else request.arguments.optional_document("sort")
    query = request.arguments.document(*_names(request.operation.action))
    documents: list[Document] = []
    async for item in find_seen(request, guard, query, order):
        hold(estimated_size(item.stored))
        documents.append(item.stored)
        if request.operation.action not in MANY:
            break
    return documents


def _names(action: str) -> tuple[str, str]:
    return ("filter", "query") if action.startswith("findOneAnd") else ("query", "filter")


async def _write(request: Request, made: Change) -> None:
    collection, session = request.collection, request.session
    if made.before is None:
        await collection.insert_one(made.after or {}, session=session)
        return
    unchanged: Document = {"_id": made.before["_id"], "$expr": {"$eq": ["$$ROOT", {"$literal": made.before}]}}
    if made.after is None:
        written = (await collection.delete_one(unchanged, session=session)).deleted_count
    elif operators := exact_update(made.before, made.after) if made.kind == "update" else None:
        written = (await collection.update_one(unchanged, operators, session=session)).matched_count
    else:
        written = (await collection.replace_one(unchanged, made.after, session=session)).matched_count
    if not written:
        raise DocumentError(WRITE_CONFLICT, "WriteConflict error: the document has been changed meanwhile")


async def bulk_write(request: Request, guard: WriteGuard) -> Value:
    """Run the writes one after the other."""
    operations = request.arguments.documents("operations")
    if not operations:
        raise DocumentError(BAD_VALUE, "must provide at least one element in input slice")
    for action, arguments in [single_write(operation) for operation in operations]:
        operation = replace(request.operation, action=action, arguments=arguments)
        await GUARDED_WRITES[action](Request(request.collection, operation, request.session), guard)
    return None


_CHANGES: Final = (
    "updateOne", "updateMany", "replaceOne", "deleteOne", "deleteMany",
    "findOneAndUpdate", "findOneAndReplace", "findOneAndDelete",
)  # fmt: skip
GUARDED_WRITES: Final[dict[str, GuardedAction]] = {
    "insertOne": insert_one,
    "insertMany": insert_many,
    "bulkWrite": bulk_write,
    **dict.fromkeys(_CHANGES, change),
}
