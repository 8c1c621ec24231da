"""The documents of an app's data source: found, moved in and out, their indexes; an addition to contract 12."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, cast

import orjson
from pydantic import BaseModel, Field
from quart import Blueprint, Response, request

from server import ejson
from server.admin.access import Power
from server.admin.objects.kinds import KINDS
from server.admin.stored_documents import StoredDocuments
from server.api.admin.answers import stored_documents as answers
from server.api.admin.asking import APP, Body, asked_app, checked
from server.api.admin.operations import FILE, Operation
from server.api.services import services
from server.api.wire import empty_response, json_response, read_body
from server.documents.storage import Namespace
from server.ejson import Document
from server.errors import AppError, ErrorCode

admin_stored_documents = Blueprint("admin_stored_documents", __name__)
SERVICE = f"{APP}/services/<service_id>"
MOST_FOUND = 1000
_REFUSALS = (ErrorCode.SERVICE_NOT_FOUND, ErrorCode.MONGODB_ERROR)


class Where(BaseModel):
    """Which collection."""

    database: str
    collection: str


class WhichIndex(Where):
    """An index of a collection."""

    name: str


class Sought(Body):
    """Documents of a collection; `filter`, `sort` and `project` are Extended JSON."""

    database: str
    collection: str
    filter: dict[str, Any] = Field(default_factory=dict)
    sort: dict[str, Any] = Field(default_factory=dict)
    project: dict[str, Any] = Field(default_factory=dict)
    limit: Annotated[int, Field(ge=1, le=MOST_FOUND)] = 20


class NewIndex(Body):
    """An index to make; `keys` and `options` are MongoDB's."""

    database: str
    collection: str
    keys: dict[str, Any]
    options: dict[str, Any] = Field(default_factory=dict)


@admin_stored_documents.post(f"{SERVICE}/documents/find")
@Operation(Power.DOCUMENTS, body=Sought, answer=list[Any], refusals=_REFUSALS)
async def find_documents(group_id: str, internal_id: str, service_id: str) -> Response:
    """Documents that match, as Extended JSON, whatever the app's rules say; noted in the audit log."""
    stored = await _stored(group_id, internal_id, service_id)
    body = checked(Sought, await read_body(request))
    shape: Document = {
        "query": body.filter, "sort": body.sort or None, "project": body.project or None, "limit": body.limit
    }  # fmt: skip
    found = await stored.find(Namespace(database=body.database, collection=body.collection), shape)
    return json_response(await ejson.dumps_aside(cast("list[ejson.Value]", found)))


@admin_stored_documents.post(f"{SERVICE}/documents/import")
@Operation(
    Power.DOCUMENTS, query=Where, body=bytes, body_types=(FILE,), answer=answers.Loaded, refusals=_REFUSALS
)  # fmt: skip
async def import_documents(group_id: str, internal_id: str, service_id: str) -> Response:
    """Add documents, BSON one behind the other, and leave out those whose `_id` is there; triggers are not told."""
    stored = await _stored(group_id, internal_id, service_id)
    loaded = await stored.load(_namespace(), cast("bytes", await request.get_data()))
    return json_response(orjson.dumps({"read": loaded.read, "inserted": loaded.inserted}))


@admin_stored_documents.get(f"{SERVICE}/documents/export")
@Operation(Power.DOCUMENTS, query=Where, answer_type=FILE, refusals=_REFUSALS)
async def export_documents(group_id: str, internal_id: str, service_id: str) -> Response:
    """An archive of mongodump with the collections of one moment and their indexes; `*` stands for every name."""
    stored = await _stored(group_id, internal_id, service_id)
    pieces = stored.export(_namespace())
    first = await anext(pieces)  # what is refused is refused before an answer has begun
    response = Response(_stream(first, pieces), content_type=FILE)
    response.timeout = None
    return response


@admin_stored_documents.get(f"{SERVICE}/indexes")
@Operation(Power.DOCUMENTS, query=Where, answer=list[Any], refusals=_REFUSALS)
async def list_indexes(group_id: str, internal_id: str, service_id: str) -> Response:
    """The indexes of a collection as Extended JSON; none where it is not there."""
    found = await (await _stored(group_id, internal_id, service_id)).indexes(_namespace())
    return json_response(ejson.dumps(cast("list[ejson.Value]", found)))


@admin_stored_documents.post(f"{SERVICE}/indexes")
@Operation(Power.DOCUMENTS, status=201, body=NewIndex, answer=answers.IndexName, refusals=_REFUSALS)
async def make_index(group_id: str, internal_id: str, service_id: str) -> Response:
    """Make an index, and its collection where that is not there."""
    stored = await _stored(group_id, internal_id, service_id)
    body = checked(NewIndex, await read_body(request))
    name = await stored.make_index(
        Namespace(database=body.database, collection=body.collection), body.keys, body.options
    )
    return json_response(orjson.dumps({"name": name}), 201)


@admin_stored_documents.delete(f"{SERVICE}/indexes")
@Operation(Power.DOCUMENTS, status=204, query=WhichIndex, refusals=_REFUSALS)
async def drop_index(group_id: str, internal_id: str, service_id: str) -> Response:
    """Drop the index of this name."""
    stored = await _stored(group_id, internal_id, service_id)
    await stored.drop_index(_namespace(), _given("name"))
    return empty_response()


async def _stored(group_id: str, internal_id: str, service_id: str) -> StoredDocuments:
    asked = await asked_app(group_id, internal_id)
    service = await asked.objects.show(KINDS["services"], service_id)
    deployment = services().registry.app(asked.app_id)
    return StoredDocuments(
        deployment=deployment, service=str(service["name"]), calls=services().calls, request=asked.request
    )


def _namespace() -> Namespace:
    return Namespace(database=_given("database"), collection=_given("collection"))


def _given(name: str) -> str:
    text = request.args.get(name, "")
    if not text:
        raise AppError(ErrorCode.MISSING_PARAMETER, f"'{name}' is missing in the query string")
    return text


async def _stream(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece
