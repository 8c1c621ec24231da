"""Names and indexes of a real MongoDB."""

from __future__ import annotations

from typing import Final

from server.documents.mongo.reads import Action
from server.documents.mongo.requests import Request
from server.ejson import Value

OWN: Final = frozenset({"admin", "config", "local"})
_OPTIONS: Final = {
    "name": "name",
    "unique": "unique",
    "sparse": "sparse",
    "expireAfterSeconds": "expireAfterSeconds",
    "partialFilterExpression": "partialFilterExpression",
}


async def database_names(request: Request) -> Value:
    """The names of the databases, sorted, without MongoDB's own."""
    names = await request.collection.database.client.list_database_names(session=request.session)
    return sorted(name for name in names if name not in OWN)


async def collection_names(request: Request) -> Value:
    """The names of the database's collections, sorted."""
    return sorted(await request.collection.database.list_collection_names(session=request.session))


async def create_index(request: Request) -> Value:
    """Make an index; its name."""
    options = request.arguments.document("options")
    chosen = {name: options[name] for name in _OPTIONS if name in options}
    keys = list(request.arguments.required_document("keys").items())
    return await request.collection.create_index(keys, session=request.session, **chosen)  # type: ignore[arg-type]


async def drop_index(request: Request) -> Value:
    """Take an index away."""
    await request.collection.drop_index(request.arguments.text("name"), session=request.session)
    return None


async def list_indexes(request: Request) -> Value:
    """The indexes as MongoDB describes them."""
    async with await request.collection.list_indexes(session=request.session) as cursor:
        return [dict(index) async for index in cursor]


ADMINISTRATION: Final[dict[str, Action]] = {
    "getDBNames": database_names,
    "getCollectionNames": collection_names,
    "createIndex": create_index,
    "dropIndex": drop_index,
    "listIndexes": list_indexes,
}
