"""Many documents at once into a real MongoDB."""

from __future__ import annotations

from collections.abc import Sequence

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import BulkWriteError

from server.documents.errors import DUPLICATE_KEY, DocumentError
from server.ejson import Document


async def load(collection: AsyncCollection[Document], documents: Sequence[Document]) -> int:
    """Add documents; those whose `_id` is there are left out. How many were new. Raises DocumentError."""
    try:
        await collection.insert_many(documents, ordered=False)
    except BulkWriteError as error:
        return len(documents) - _count_known(error)
    return len(documents)


def _count_known(error: BulkWriteError) -> int:
    refusals = error.details.get("writeErrors", [])
    for refusal in refusals:
        if refusal.get("code") != DUPLICATE_KEY or set(refusal.get("keyPattern", {})) != {"_id"}:
            raise DocumentError(int(refusal.get("code", 0)), str(refusal.get("errmsg", error)))
    return len(refusals)
