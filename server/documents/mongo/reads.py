"""The system's reads on a real MongoDB."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from bson import Int64
from pymongo.asynchronous.cursor import AsyncCursor

from server.documents.budget import hold
from server.documents.mongo.requests import Request
from server.documents.sorting import estimated_size
from server.ejson import Document, Value

Action: TypeAlias = Callable[[Request], Awaitable[Value]]


async def find(request: Request) -> Value:
    """The matching documents."""
    cursor = _shaped(request)
    return await _all(cursor.limit(request.arguments.count("limit") or 0))


async def find_one(request: Request) -> Value:
    """The first matching document; None without one."""
    return next(iter(await _all(_shaped(request).limit(-1))), None)


def _shaped(request: Request) -> AsyncCursor[Document]:
    arguments = request.arguments
    project = arguments.optional_document("project", "projection")
    order = arguments.optional_document("sort")
    return request.collection.find(
        request.query,
        project or None,
        skip=arguments.count("skip") or 0,
        sort=list(order.items()) if order else None,
        session=request.session,
        **request.options(),
    )


async def _all(cursor: AsyncCursor[Document]) -> list[Document]:
    found: list[Document] = []
    async with cursor:
        async for document in cursor:
            hold(estimated_size(document))
            found.append(document)
    return found


async def count(request: Request) -> Value:
    """How many documents match, as a long."""
    limits = {name: value for name in ("skip", "limit") if (value := request.arguments.count(name))}
    options = request.options()
    return Int64(await request.collection.count_documents(request.query, session=request.session, **options, **limits))


async def distinct(request: Request) -> Value:
    """The different values of a field."""
    field = request.arguments.text("field")
    return await request.collection.distinct(field, request.query, session=request.session, **request.options())


async def aggregate(request: Request) -> Value:
    """The documents that the pipeline gives; without a collection it runs on the database."""
    pipeline = request.arguments.documents("pipeline")
    options = request.options("allowDiskUse")
    target = request.collection if request.operation.collection else request.collection.database
    found: list[Value] = []
    async with await target.aggregate(pipeline, session=request.session, **options) as cursor:
        async for document in cursor:
            hold(estimated_size(document))
            found.append(document)
    return found


READS: Final[dict[str, Action]] = {
    "find": find,
    "findOne": find_one,
    "count": count,
    "distinct": distinct,
    "aggregate": aggregate,
}
