"""A user's reads on a real MongoDB."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeAlias, TypeVar

from bson import Int64

from server.documents.budget import hold
from server.documents.mongo.requests import Request
from server.documents.mongo.sighted import find_seen
from server.documents.operation import WriteGuard
from server.documents.projection import compile_projection
from server.documents.scratch import Scratch
from server.documents.sorting import estimated_size
from server.documents.storage import Namespace
from server.ejson import Document, Value

T = TypeVar("T")
GuardedAction: TypeAlias = Callable[[Request, WriteGuard], Awaitable[Value]]


async def find(request: Request, guard: WriteGuard) -> Value:
    """The matching documents, as they may be seen."""
    return await _find(request, guard, request.arguments.count("limit"))


async def find_one(request: Request, guard: WriteGuard) -> Value:
    """The first of them; None without one."""
    return next(iter(await _find(request, guard, 1)), None)


async def _find(request: Request, guard: WriteGuard, limit: int | None) -> list[Value]:
    arguments = request.arguments
    specification = arguments.optional_document("project", "projection")
    project = compile_projection(specification, query=request.query) if specification else None
    found = find_seen(request, guard, request.query, arguments.optional_document("sort"))
    results: list[Value] = []
    async for item in _numbered(found, arguments.count("skip") or 0, limit):
        shown = project(item.shown) if project is not None else item.shown
        hold(estimated_size(shown))
        results.append(shown)
    return results


async def _numbered(items: AsyncIterator[T], skip: int, limit: int | None) -> AsyncIterator[T]:
    """`skip` and `limit` count what is shown."""
    number = 0
    async for item in items:
        number += 1
        if number > skip:
            yield item
        if limit is not None and number >= skip + limit:
            return


async def count(request: Request, guard: WriteGuard) -> Value:
    """How many documents match, of those that may be seen."""
    found = find_seen(request, guard, request.query)
    skip, limit = request.arguments.count("skip") or 0, request.arguments.count("limit")
    return Int64(len([None async for _ in _numbered(found, skip, limit)]))


async def distinct(request: Request, guard: WriteGuard) -> Value:
    """The different values of a field, of what may be seen."""
    return await _in_scratch(request, guard, request.query)


async def aggregate(request: Request, guard: WriteGuard) -> Value:
    """The pipeline over what may be seen; its first `$match` picks what is fetched."""
    pipeline = request.arguments.documents("pipeline")
    query = pipeline[0].get("$match") if pipeline else None
    return await _in_scratch(request, guard, query if isinstance(query, dict) else {})


async def _in_scratch(request: Request, guard: WriteGuard, query: Document) -> Value:
    documents: list[Document] = []
    async for item in find_seen(request, guard, query):
        hold(estimated_size(item.stored))
        documents.append(item.stored)

    def run() -> Value:
        with Scratch(namespace_of(request), documents) as scratch:
            return scratch.run(request.operation, guard)[0]

    return await asyncio.to_thread(run)


def namespace_of(request: Request) -> Namespace:
    """The collection's name."""
    return Namespace(database=request.operation.database, collection=request.operation.collection)


GUARDED_READS: Final[dict[str, GuardedAction]] = {
    "find": find,
    "findOne": find_one,
    "count": count,
    "distinct": distinct,
    "aggregate": aggregate,
}
