"""The HTTPS endpoints of apps, and incoming webhooks, their older form (contract 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from http import HTTPMethod
from typing import ParamSpec, TypeVar

from quart import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import BaseConverter

from runtime.messages import Entrance
from server.api.endpoint_caller import caller_of
from server.api.endpoint_request import check_secret, check_signature, request_argument
from server.api.endpoint_response import endpoint_response
from server.api.services import services
from server.api.wire import describe_request
from server.apps.model import Endpoint
from server.calls.manner import Manner
from server.calls.outcomes import value_of
from server.context.deployment import Deployment
from server.ejson import LARGE_TEXT
from server.errors import AppError, ErrorCode, quoted

P = ParamSpec("P")
T = TypeVar("T")

METHODS = tuple(str(method) for method in HTTPMethod if method not in {HTTPMethod.CONNECT, HTTPMethod.TRACE})
_ENDPOINT = Manner(entrance=Entrance.ENDPOINT, log_type="ENDPOINT", asks_system=True)
_WEBHOOK = replace(_ENDPOINT, log_type="WEBHOOK")

endpoints = Blueprint("endpoints", __name__)


class RouteConverter(BaseConverter):
    """The rest of a path, its first slash included: a route as its author wrote it."""

    regex = "/.*"
    part_isolating = False


@endpoints.route("/app/<app_id>/endpoint<route:route>", methods=METHODS, provide_automatic_options=False)
async def answer_endpoint(app_id: str, route: str) -> Response:
    """Run the function of the app's endpoint for this route and method."""
    deployment = services().registry.app(app_id)
    absent = AppError(ErrorCode.ENDPOINT_NOT_FOUND, f"endpoint not found: {quoted(route)}")
    return await _answer(deployment, _find(deployment.app.endpoints, route, absent), _ENDPOINT)


@endpoints.route(
    "/api/client/v2.0/app/<app_id>/service/<service>/incoming_webhook/<name>",
    methods=METHODS,
    provide_automatic_options=False,
)
async def answer_webhook(app_id: str, service: str, name: str) -> Response:
    """Run an incoming webhook."""
    deployment = services().registry.app(app_id)
    absent = AppError(ErrorCode.INCOMING_WEBHOOK_NOT_FOUND, f"incoming webhook not found: {quoted(name)}")
    route = f"/service/{service}/incoming_webhook/{name}"
    return await _answer(deployment, _find(deployment.app.webhooks, route, absent), _WEBHOOK)


def _find(candidates: Sequence[Endpoint], route: str, absent: AppError) -> Endpoint:
    """The endpoint of the route that takes the method; one that names it goes before one that takes all."""
    by_method = {found.http_method: found for found in candidates if found.route == route and not found.disabled}
    if not by_method:
        raise absent
    wanted = (request.method, "GET" if request.method == "HEAD" else "*", "*")
    found = next((by_method[method] for method in wanted if method in by_method), None)
    if found is None:
        raise MethodNotAllowed(valid_methods=sorted(by_method))
    return found


async def _answer(deployment: Deployment, endpoint: Endpoint, manner: Manner) -> Response:
    """Whoever may not call is refused before the body is taken in, save where the body is the proof."""
    check_secret(endpoint, request)
    described = replace(
        describe_request(request, trusted_proxies=services().settings.trusted_proxies),
        http_method=request.method, webhook_url=endpoint.route,
    )  # fmt: skip
    caller, withheld = await caller_of(deployment, endpoint, described)
    body = await request.get_data(cache=False, as_text=False, parse_form_data=False)
    check_signature(endpoint, request, body)
    argument = await _beside(len(body), request_argument, request, endpoint, body, withheld)
    outcome = await services().calls.run(deployment, caller, endpoint.function_name, argument, manner=manner)
    value = value_of(outcome)
    return await _beside(len(value), endpoint_response, endpoint, value, request.headers.get("Accept", ""))


async def _beside(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the work; beside the event loop where there is so much of it that others would wait."""
    if size > LARGE_TEXT:
        return await asyncio.to_thread(work, *args, **kwargs)
    return work(*args, **kwargs)
