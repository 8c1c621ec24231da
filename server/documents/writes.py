"""The actions that write: inserts, updates, replacements, deletes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import Final

from server.documents.admission import check_id, encode, with_id
from server.documents.arguments import Arguments
from server.documents.budget import check_time
from server.documents.errors import BAD_VALUE, DOLLAR_PREFIXED_FIELD, FAILED_TO_PARSE, DocumentError
from server.documents.rows import Row
from server.documents.session import Action, Session
from server.documents.storage import Collection
from server.documents.update_forms import Replacement, Update, applied, compile_replacement, compile_update, upserted
from server.ejson import Document, Value

HELD: Final = 16 * 1024 * 1024
"""Bytes of documents that an update or a deletion of many keeps from finding them to changing them."""


def insert(session: Session, collection: Collection, document: Document) -> Value:
    """Insert a document; its `_id`."""
    for name in document:
        if name.startswith("$"):
            raise DocumentError(
                DOLLAR_PREFIXED_FIELD, f"The dollar ($) prefixed field '{name}' is not allowed for insert."
            )
    complete = with_id(document)
    identifier = complete["_id"]
    check_id(identifier)
    session.guard.check(None, complete)
    check_time()
    collection.insert(complete)
    return identifier


def rewrite(session: Session, collection: Collection, row: Row, after: Document, *, by: Update) -> bool:
    """Put `after`, which the update made, in the row's place; whether that is a modification.

    To MongoDB a replacement without `_id` is one even where it repeats all the rest.
    """
    session.guard.check(row.document, after)
    if isinstance(by, Replacement):
        return collection.replace(row, after, kind="replace", always=encode(by.document) != row.data)
    return collection.replace(row, after)


def remove(session: Session, collection: Collection, row: Row) -> None:
    """Delete the row."""
    session.guard.check(row.document, None)
    collection.delete(row)


def insert_one(session: Session, arguments: Arguments) -> Value:
    """Insert one document."""
    document = arguments.required_document("document")
    return {"insertedId": insert(session, session.catalog.require(session.namespace), document)}


def insert_many(session: Session, arguments: Arguments) -> Value:
    """Insert documents; after a refusal those before it stay, and those after it too where not `ordered`."""
    documents = arguments.documents("documents")
    if not documents:
        raise DocumentError(BAD_VALUE, "must provide at least one element in input slice")
    collection = session.catalog.require(session.namespace)
    identifiers: list[Value] = []
    refusal: DocumentError | None = None
    for document in documents:
        try:
            identifiers.append(insert(session, collection, document))
        except DocumentError as error:
            refusal = refusal or error
            if arguments.flag("ordered", default=True):
                break
    if refusal is not None:
        raise DocumentError(refusal.code, refusal.message, keeps_work=True) from refusal
    return {"insertedIds": identifiers}


def update(session: Session, query: Document, change: Update, *, upsert: bool, many: bool) -> Document:
    """Change what matches; without a match insert, where `upsert`."""
    collection = session.catalog.require(session.namespace) if upsert else session.find_collection()
    matched = modified = 0
    if collection is not None:
        for row in _targets(session, collection, query, many=many):
            matched += 1
            session.guard.check_update(row.document)
            after = applied(change, row.document, query)
            modified += rewrite(session, collection, row, after, by=change)
        if upsert and not matched:
            identifier = insert(session, collection, upserted(change, query))
            return {"matchedCount": 0, "modifiedCount": 0, "upsertedId": identifier}
    return {"matchedCount": matched, "modifiedCount": modified}


def _targets(session: Session, collection: Collection, query: Document, *, many: bool) -> Iterator[Row]:
    """The rows to change, all found before the first is; of most of many no more is held than their numbers."""
    rows = session.matching(query, collection)
    if not many:
        yield from islice(rows, 1)
        return
    size = 0
    held: list[Row] = []
    numbers: list[int] = []
    for row in rows:
        size += len(row.data)
        if size <= HELD:
            held.append(row)
        else:
            numbers.append(row.number)
    for row in chain(held, collection.numbered(numbers)):
        check_time()
        yield row


def _update_by(session: Session, arguments: Arguments, *, many: bool) -> Value:
    if arguments.value("update") is None:
        raise DocumentError(FAILED_TO_PARSE, "the argument update is missing")
    return update(
        session,
        arguments.document("query", "filter"),
        compile_update(arguments.value("update"), arguments.values("arrayFilters")),
        upsert=arguments.flag("upsert"),
        many=many,
    )


def update_one(session: Session, arguments: Arguments) -> Value:
    """Update the first match."""
    return _update_by(session, arguments, many=False)


def update_many(session: Session, arguments: Arguments) -> Value:
    """Update every match; an update without operators replaces each (contract 3.3)."""
    return _update_by(session, arguments, many=True)


def replace_one(session: Session, arguments: Arguments) -> Value:
    """Replace the first match."""
    replacement = compile_replacement(arguments.value("replacement"))
    query = arguments.document("query", "filter")
    return update(session, query, replacement, upsert=arguments.flag("upsert"), many=False)


def _delete(session: Session, arguments: Arguments, *, many: bool) -> Value:
    collection = session.find_collection()
    if collection is None:
        return {"deletedCount": 0}
    deleted = 0
    for row in _targets(session, collection, arguments.document("query", "filter"), many=many):
        remove(session, collection, row)
        deleted += 1
    return {"deletedCount": deleted}


def delete_one(session: Session, arguments: Arguments) -> Value:
    """Delete the first match."""
    return _delete(session, arguments, many=False)


def delete_many(session: Session, arguments: Arguments) -> Value:
    """Delete every match."""
    return _delete(session, arguments, many=True)


WRITES: Final[dict[str, Action]] = {
    "insertOne": insert_one,
    "insertMany": insert_many,
    "updateOne": update_one,
    "updateMany": update_many,
    "replaceOne": replace_one,
    "deleteOne": delete_one,
    "deleteMany": delete_many,
}
