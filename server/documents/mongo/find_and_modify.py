"""`findOneAndUpdate`, `findOneAndReplace`, `findOneAndDelete` on a real MongoDB."""

from __future__ import annotations

from typing import Final

from pymongo import ReturnDocument

from server.documents.mongo.reads import Action
from server.documents.mongo.requests import Request, is_replacement
from server.documents.mongo.writes import refuse_operators
from server.ejson import Document, Value


def _common(request: Request) -> dict[str, object]:
    arguments = request.arguments
    order = arguments.optional_document("sort")
    return {
        "sort": list(order.items()) if order else None,
        "projection": arguments.optional_document("projection", "project") or None,
        "session": request.session,
        **request.options(),
    }


def _changing(request: Request) -> dict[str, object]:
    wants_new = request.arguments.flag("returnNewDocument")
    returned = ReturnDocument.AFTER if wants_new else ReturnDocument.BEFORE
    return _common(request) | {"upsert": request.arguments.flag("upsert"), "return_document": returned}


async def find_one_and_update(request: Request) -> Value:
    """Update the first match; the document before, or after where `returnNewDocument`."""
    update = request.update
    if isinstance(update, dict) and is_replacement(update):
        return await _replace(request, update)
    filters = {"array_filters": request.array_filters} if request.array_filters else {}
    options = _changing(request) | filters
    return await request.collection.find_one_and_update(request.query, update, **options)  # type: ignore[arg-type]


async def find_one_and_replace(request: Request) -> Value:
    """Replace the first match; without a replacement it is deleted, as realm-web means it (contract 3.2)."""
    if request.arguments.value("update") is None and request.arguments.value("replacement") is None:
        return await find_one_and_delete(request)
    return await _replace(request, request.arguments.document("update", "replacement"))


async def _replace(request: Request, replacement: Document) -> Value:
    refuse_operators(replacement)
    return await request.collection.find_one_and_replace(request.query, replacement, **_changing(request))  # type: ignore[arg-type]


async def find_one_and_delete(request: Request) -> Value:
    """Delete the first match; the document that was."""
    return await request.collection.find_one_and_delete(request.query, **_common(request))  # type: ignore[arg-type]


FIND_AND_MODIFY: Final[dict[str, Action]] = {
    "findOneAndUpdate": find_one_and_update,
    "findOneAndReplace": find_one_and_replace,
    "findOneAndDelete": find_one_and_delete,
}
