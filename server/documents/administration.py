"""The actions on the catalog: names of databases and collections, indexes."""

from __future__ import annotations

from typing import Final

from server.documents.arguments import Arguments
from server.documents.indexes import ID_INDEX, read_definition
from server.documents.session import Action, Session
from server.ejson import Value


def database_names(session: Session, arguments: Arguments) -> Value:
    """The names of all databases."""
    return list(session.catalog.databases())


def collection_names(session: Session, arguments: Arguments) -> Value:
    """The names of the database's collections."""
    return list(session.catalog.collections(session.namespace.database))


def create_index(session: Session, arguments: Arguments) -> Value:
    """Make an index; its name."""
    wanted = read_definition(arguments.required_document("keys"), arguments.document("options"))
    if wanted.fields == ID_INDEX.fields:
        return ID_INDEX.name
    return session.catalog.add_index(session.catalog.require(session.namespace), wanted).name


def drop_index(session: Session, arguments: Arguments) -> Value:
    """Drop the index of that name."""
    collection = session.find_collection()
    if collection is not None:
        session.catalog.drop_index(collection, arguments.text("name"))
    return None


def list_indexes(session: Session, arguments: Arguments) -> Value:
    """The collection's indexes as documents."""
    collection = session.find_collection()
    return [] if collection is None else [index.describe() for index in collection.indexes]


READS: Final[dict[str, Action]] = {
    "getDBNames": database_names,
    "getCollectionNames": collection_names,
    "listIndexes": list_indexes,
}
WRITES: Final[dict[str, Action]] = {"createIndex": create_index, "dropIndex": drop_index}
