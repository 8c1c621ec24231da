"""What a user's query finds in a real MongoDB: it finds what may be seen, the guard decides of each document."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from server.documents.budget import check_time, hold
from server.documents.mongo.requests import Request
from server.documents.operation import WriteGuard
from server.documents.sight import Sight, judged
from server.documents.sorting import compile_sort, estimated_size
from server.ejson import Document


@dataclass(frozen=True, slots=True)
class Found:
    """A document as it is stored, and what the caller may read of it."""

    stored: Document
    shown: Document


async def find_seen(
    request: Request, guard: WriteGuard, query: Document, order: Document | None = None
) -> AsyncIterator[Found]:
    """The documents that match and that the caller sees, in order."""
    sight = Sight(query, guard)
    sorts_here = order if guard.hides_fields else None
    sort = list(order.items()) if order and not sorts_here else None
    cursor = request.collection.find(sight.narrowed, sort=sort, session=request.session)
    async with cursor:
        found = _seen(cursor, sight)
        async for item in _sorted(found, sorts_here) if sorts_here else found:
            yield item


async def _seen(cursor: AsyncIterator[Document], sight: Sight) -> AsyncIterator[Found]:
    async for document in cursor:
        check_time()
        shown = sight.shown(document)
        if shown is not None:
            yield Found(document, shown)


async def _sorted(found: AsyncIterator[Found], order: Document) -> AsyncIterator[Found]:
    """Sorted here, because the database would sort by what the caller must not learn."""
    sort_key = compile_sort(order)
    everything: list[Found] = []
    async for item in found:
        hold(estimated_size(item.stored))
        everything.append(item)
    for item in sorted(everything, key=lambda item: sort_key(judged(item.stored, item.shown))):
        yield item
