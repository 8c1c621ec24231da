"""Custom user data: the user's own document, read with system rights (contract 7.6)."""

from __future__ import annotations

import logging
from typing import cast

from bson import ObjectId

from server import ejson
from server.calls.authority import system_caller
from server.calls.calling import Calls
from server.context.deployment import Deployment
from server.documents.operation import Operation
from server.ejson import Document, Value

LARGE = 16 * 1024
"""Bytes of Extended JSON beyond which the log warns: the document travels in every request's token."""

_log = logging.getLogger(__name__)


async def read_user_data(calls: Calls, deployment: Deployment, user_id: str) -> Document | None:
    """The user's document: one that holds the id as text before one that holds it as ObjectId; None without any."""
    settings = deployment.app.custom_user_data
    if not settings.enabled:
        return None
    as_object_id = ObjectId(user_id) if ObjectId.is_valid(user_id) else None
    for value in (user_id, as_object_id):
        found = await _find(calls, deployment, {settings.user_id_field: value}) if value is not None else None
        if found is not None:
            _warn_of_size(found, deployment.app.app_id, user_id)
            return found
    return None


async def _find(calls: Calls, deployment: Deployment, query: Document) -> Document | None:
    settings = deployment.app.custom_user_data
    find = Operation(
        database=settings.database, collection=settings.collection, action="find",
        arguments={"query": query, "limit": 1},
    )  # fmt: skip
    found = await calls.operate(deployment, system_caller("custom user data"), settings.service_name, find)
    documents = cast("list[Value]", found)
    return cast("Document", documents[0]) if documents else None


def _warn_of_size(document: Document, app_id: str, user_id: str) -> None:
    size = len(ejson.dumps(document))
    if size > LARGE:
        _log.warning("custom user data of user %s of app %s is %d bytes; tokens carry it", user_id, app_id, size)
