"""`collection.watch`: changes as server-sent events, for as long as the user may see them (contract 1.10, 3.5)."""

from __future__ import annotations

import base64
import binascii
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from quart import Blueprint, Response, request

from server import ejson
from server.api.caller import described_request
from server.api.errors import as_app_error
from server.api.event_stream import event_stream, failure, message
from server.api.functions import read_operation
from server.api.services import Services, services
from server.api.wire import FunctionCallBody, bearer_token, json_response
from server.calls.admission import Admission
from server.context.deployment import Deployment
from server.context.watching import Watcher, check_arguments, events
from server.documents.operation import Operation
from server.documents.storage import Namespace
from server.documents.store import Following
from server.ejson import Document, EjsonError
from server.errors import AppError, ErrorCode
from server.records import UserCaller

watching = Blueprint("watching", __name__, url_prefix="/api/client/v2.0")

_log = logging.getLogger(__name__)
MOST_OF_A_USER: Final = 50
"""Streams that one user may hold open on one process."""
RECHECK_SECONDS: Final = 20.0
"""How long a stream goes on without asking whether its user may still log in, and what the custom data says."""
_streams: Final = Admission()


@watching.get("/app/<app_id>/functions/call")
async def watch(app_id: str) -> Response:
    """Stream the changes of a collection that the caller may see."""
    services().registry.app(app_id)
    deployment, caller = await _authenticated(app_id)
    body = FunctionCallBody.read(_body())
    operation = read_operation(deployment, body, actions=frozenset({"watch"}))
    check_arguments(operation.arguments)
    with _streams.place(caller.user.id, MOST_OF_A_USER):  # refused here with a status; those that come together, below
        pass
    stream = Stream(services(), deployment, caller, body.service or "", operation)
    stream.check()
    if request.args.get("stitch_validate") == "true":
        return json_response(b"{}")
    return event_stream(stream.messages(await stream.follow()))


async def _authenticated(app_id: str) -> tuple[Deployment, UserCaller]:
    """As for every request; clients that cannot send headers put the token into the query."""
    token = request.args.get("baas_at") or request.args.get("stitch_at") or bearer_token(request)
    described = replace(described_request(), raw_query_string="", action="watch")
    deployment, caller = await services().login.sessions.caller(token, described)
    if deployment.app.app_id != services().registry.app(app_id).app.app_id:
        raise AppError(ErrorCode.AUTH_ERROR, "the token belongs to another app")
    return deployment, caller


def _body() -> Document:
    text = request.args.get("baas_request") or request.args.get("stitch_request") or ""
    try:
        body = ejson.loads(base64.b64decode(unquote(text).replace(" ", "+"), validate=True))
    except (binascii.Error, EjsonError, ValueError) as error:
        raise AppError(ErrorCode.INVALID_JSON, "'baas_request' must be Extended JSON in base64") from error
    if not isinstance(body, dict):
        raise AppError(ErrorCode.INVALID_JSON, "'baas_request' must be an object")
    return body


class Stream:
    """One client's stream, with its user as of the last check."""

    def __init__(
        self, behind: Services, deployment: Deployment, caller: UserCaller, service: str, operation: Operation
    ) -> None:
        self._services = behind  # the stream outlives its request, and so the request's context
        self._deployment = deployment
        self._caller = caller
        self._service = service
        self._operation = operation
        self._checked_at = time.monotonic()

    def check(self) -> None:
        """Raise AppError where the rules let nothing of the collection be watched."""
        self._watcher().check()

    async def follow(self) -> Following:
        """The store's changes from now on."""
        store = await self._services.calls.documents.store(self._deployment, self._service)
        return await store.follow(Namespace(database=self._operation.database, collection=self._operation.collection))

    async def messages(self, following: Following) -> AsyncIterator[bytes]:
        """The events, encoded; an error ends them."""
        try:
            with _streams.place(self._caller.user.id, MOST_OF_A_USER):
                async for event in events(following, self._current):
                    yield message(event)
        except Exception as error:  # noqa: BLE001 - the answer has begun: what goes wrong is told within it
            refusal, status = as_app_error(error)
            if status >= 500:
                _log.error("a stream of changes ended", exc_info=error)
            yield failure(refusal.message, refusal.code.value)
        finally:
            await following.close()

    async def _current(self) -> Watcher:
        """The user and the rules as they are now. Raises AppError InvalidSession once the session has ended."""
        if time.monotonic() > self._checked_at + RECHECK_SECONDS:
            self._deployment, self._caller = await self._services.login.sessions.renewed(self._caller)
            self._checked_at = time.monotonic()
        return self._watcher()

    def _watcher(self) -> Watcher:
        calls = self._services.calls
        return Watcher(
            deployment=self._deployment, caller=self._caller, service=self._service, operation=self._operation,
            run_function=lambda call: calls.rule_function(self._deployment, self._caller, call),
        )  # fmt: skip
