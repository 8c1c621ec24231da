"""Calls of functions and of the document service (contract 1.9, 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from quart import Blueprint, Response, request

from server import ejson
from server.api.caller import authenticated
from server.api.services import services
from server.api.wire import FunctionCallBody, json_response, read_body
from server.context.deployment import Deployment
from server.context.host import GUEST_ACTIONS
from server.documents.operation import Operation
from server.ejson import Document
from server.errors import AppError, ErrorCode, quoted
from server.records import UserCaller

functions = Blueprint("functions", __name__, url_prefix="/api/client/v2.0")

CLIENT_ACTIONS = GUEST_ACTIONS - {"distinct", "bulkWrite", "replaceOne"}
"""The actions of contract 3.1."""


@functions.post("/app/<app_id>/functions/call")
async def call_function(app_id: str) -> Response:
    """Run a function, or one operation of a data source, as the caller."""
    services().registry.app(app_id)
    deployment, caller = await authenticated(app_id)
    body = FunctionCallBody.read(await read_body(request))
    if body.service:
        described = replace(caller.request, service=body.service, action=body.name)
        caller = replace(caller, request=described)
        return json_response(await ejson.dumps_aside(await _operate(deployment, caller, body, body.service)))
    given: list[ejson.Value] = [None if argument is ejson.UNDEFINED else argument for argument in body.arguments]
    arguments = await ejson.dumps_aside(given)
    return json_response(await services().calls.call_from_client(deployment, caller, body.name, arguments))


async def _operate(deployment: Deployment, caller: UserCaller, body: FunctionCallBody, service: str) -> ejson.Value:
    operation = read_operation(deployment, body, actions=CLIENT_ACTIONS)
    return await services().calls.operate(deployment, caller, service, operation)


def read_operation(deployment: Deployment, body: FunctionCallBody, *, actions: frozenset[str]) -> Operation:
    """The operation that a call of a data source asks for. Raises AppError."""
    if body.service not in deployment.app.data_sources:
        # The original's own words: its clients' authors search for them (contract 1.8).
        text = f"TypeError: Cannot access member {quoted(body.name)} of undefined"
        raise AppError(ErrorCode.FUNCTION_EXECUTION_ERROR, text)
    given = body.arguments[0] if len(body.arguments) == 1 else None
    if body.name not in actions or not isinstance(given, dict):
        raise AppError(ErrorCode.FUNCTION_EXECUTION_ERROR, f"TypeError: {quoted(body.name)} is not a function")
    arguments = cast("Document", dict(given))
    database, collection = arguments.pop("database", None), arguments.pop("collection", None)
    if not ejson.is_text(database) or not ejson.is_text(collection):
        raise AppError(ErrorCode.MISSING_PARAMETER, "'database' and 'collection' are required strings.")
    return Operation(database=database, collection=collection, action=body.name, arguments=arguments)
