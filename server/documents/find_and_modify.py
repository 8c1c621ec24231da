"""The actions that change one document and return it: `findOneAndUpdate`, `findOneAndReplace`, `findOneAndDelete`."""

from __future__ import annotations

from typing import Final

from server.documents.arguments import Arguments
from server.documents.errors import FAILED_TO_PARSE, DocumentError
from server.documents.projection import compile_projection
from server.documents.rows import Row
from server.documents.session import Action, Session
from server.documents.sorting import compile_sort
from server.documents.storage import Collection
from server.documents.update_forms import Update, applied, compile_replacement, compile_update, upserted
from server.documents.writes import insert, remove, rewrite
from server.ejson import Document, Value


def _first(session: Session, arguments: Arguments, collection: Collection | None) -> Row | None:
    found = session.seen(_query(arguments), collection)
    order = arguments.optional_document("sort")
    sort_key = compile_sort(order) if order else None
    first = next(found, None) if sort_key is None else min(found, key=lambda seen: sort_key(seen.judged), default=None)
    return None if first is None else first.row


def _query(arguments: Arguments) -> Document:
    return arguments.document("filter", "query")


def _shown(session: Session, arguments: Arguments, document: Document) -> Value:
    shown = session.guard.view(document)
    specification = arguments.optional_document("projection", "project")
    if shown is None or not specification:
        return shown
    return compile_projection(specification, query=_query(arguments))(shown)


def _modify(session: Session, arguments: Arguments, change: Update) -> Value:
    upsert = arguments.flag("upsert")
    collection = session.catalog.require(session.namespace) if upsert else session.find_collection()
    row = None if collection is None else _first(session, arguments, collection)
    wants_new = arguments.flag("returnNewDocument")
    if row is not None and collection is not None:
        session.guard.check_update(row.document)
        after = applied(change, row.document, _query(arguments))
        before = row.document
        rewrite(session, collection, row, after, by=change)
        return _shown(session, arguments, after if wants_new else before)
    if not upsert or collection is None:
        return None
    document = upserted(change, _query(arguments))
    identifier = insert(session, collection, document)
    return _shown(session, arguments, {"_id": identifier} | document) if wants_new else None


def find_one_and_update(session: Session, arguments: Arguments) -> Value:
    """Update the first match; the document before, or after where `returnNewDocument`."""
    if arguments.value("update") is None:
        raise DocumentError(FAILED_TO_PARSE, "the argument update is missing")
    return _modify(session, arguments, compile_update(arguments.value("update"), arguments.values("arrayFilters")))


def find_one_and_replace(session: Session, arguments: Arguments) -> Value:
    """Replace the first match; without a replacement it is deleted, as realm-web means it (contract 3.2)."""
    replacement = arguments.value("update") or arguments.value("replacement")
    given = arguments.value("update") is not None or arguments.value("replacement") is not None
    if not given:
        return find_one_and_delete(session, arguments)
    return _modify(session, arguments, compile_replacement({} if replacement is None else replacement))


def find_one_and_delete(session: Session, arguments: Arguments) -> Value:
    """Delete the first match; the document that was."""
    collection = session.find_collection()
    row = _first(session, arguments, collection)
    if row is None or collection is None:
        return None
    remove(session, collection, row)
    return _shown(session, arguments, row.document)


FIND_AND_MODIFY: Final[dict[str, Action]] = {
    "findOneAndUpdate": find_one_and_update,
    "findOneAndReplace": find_one_and_replace,
    "findOneAndDelete": find_one_and_delete,
}
