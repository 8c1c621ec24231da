"""The Quart application: routes, errors, and cross-origin rules around them."""

from __future__ import annotations

from typing import Final, cast

from quart import Quart, Response, request

from server.api.admin.blueprints import ADMIN
from server.api.api_keys import api_keys
from server.api.auth import auth
from server.api.caller import check_address
from server.api.console import console
from server.api.cors import add_headers, allow_cookies, check_origin, preflight
from server.api.endpoints import RouteConverter, endpoints
from server.api.errors import error_response
from server.api.functions import functions
from server.api.health import health
from server.api.location import location
from server.api.metrics import metrics
from server.api.oauth_redirect import oauth
from server.api.oauth_server import oauth_server
from server.api.request import PatientRequest
from server.api.services import EXTENSION, Services, asked_host, base_url, services
from server.api.userpass import userpass
from server.api.watching import watching
from server.api.wire import LARGEST_BODY
from server.auth.ids import new_id
from server.context.deployment import Deployment
from server.errors import AppError, ErrorCode
from server.request_id import begin_request

SERVED: Final = frozenset({"1.0", "1.1"})
"""Versions of HTTP. A connection that goes over to HTTP/2 in the clear would pass by the rules of a proxy before us."""
BODY_SECONDS: Final = 60
"""How long a client may take to send a body; its headers may take as long as a connection may be idle."""


def make_application(provided: Services) -> Quart:
    """The application over these services."""
    application = Quart("vestibule", static_folder=None)
    application.request_class = PatientRequest
    application.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    application.config["BODY_TIMEOUT"] = BODY_SECONDS
    application.config["PROPAGATE_EXCEPTIONS"] = False
    application.extensions[EXTENSION] = provided
    application.url_map.converters["route"] = RouteConverter
    application.url_map.merge_slashes = False
    provider_routes = (auth, userpass, api_keys, oauth, oauth_server)
    for blueprint in (*ADMIN, location, *provider_routes, functions, watching, endpoints, health, metrics, console):
        application.register_blueprint(blueprint)
    application.before_request(_admit)
    application.before_websocket(_refuse_websocket)
    application.after_request(_finish)
    application.register_error_handler(Exception, _answer_error)
    return application


def _deployment() -> Deployment | None:
    """The app in the path; None without one, or where it is not known."""
    app_id = (request.view_args or {}).get("app_id")
    return services().registry.find(app_id) if app_id else None


def _allowed_origins() -> tuple[str, ...]:
    """The origins of the app in the path; routes without one leave it to their token, which no other page has."""
    deployment = _deployment()
    return deployment.app.allowed_request_origins if deployment else ()


async def _admit() -> Response | None:
    """What stands before every route: one hook, as Quart takes each anew for every request."""
    begin_request(new_id())
    if request.http_version not in SERVED:
        raise AppError(ErrorCode.BAD_REQUEST, "HTTP/1.0 and HTTP/1.1 are served, and no other version")
    if asked_host(request) is None:
        raise AppError(ErrorCode.BAD_REQUEST, "the header Host is not valid")
    if _is_framed_twice():
        raise AppError(ErrorCode.BAD_REQUEST, "the body has two lengths: Content-Length beside Transfer-Encoding")
    answer = _answer_to_origin()
    if answer is not None:
        return answer
    deployment = _deployment()
    if deployment is not None:
        check_address(deployment)
    return None


def _answer_to_origin() -> Response | None:
    """The answer to a preflight; None for what goes on to its route. Raises AppError DomainNotAllowed."""
    origin = request.headers.get("Origin")
    is_preflight = "Access-Control-Request-Method" in request.headers
    if request.method == "OPTIONS" and (is_preflight or request.blueprint != endpoints.name):
        wanted = request.headers.get("Access-Control-Request-Headers") if request.blueprint == endpoints.name else None
        response = preflight(origin, _allowed_origins(), wanted)
        return allow_cookies(response, origin) if _begins_flow() else response
    if origin is not None:
        check_origin(origin, _allowed_origins())
    return None


def _begins_flow() -> bool:
    """Whether the page is about to begin an OAuth flow, whose cookie its browser must keep (contract 1.11)."""
    return request.blueprint == oauth.name and request.headers.get("Access-Control-Request-Method") == "GET"


def _is_framed_twice() -> bool:
    """Whether a proxy before us may have seen another end of the request: then what follows could be an attacker's."""
    return "Content-Length" in request.headers and "Transfer-Encoding" in request.headers


async def _finish(response: Response) -> Response:
    """What stands behind every route: the connection of a request that ends nowhere for sure (RFC 9112, 6.1) closes."""
    if _is_framed_twice():
        response.headers["Connection"] = "close"
    origin = request.headers.get("Origin")
    if origin is not None:
        add_headers(response, origin, _allowed_origins())
    return response


async def _refuse_websocket() -> Response:
    """None is served, and no handler of requests is to meet one."""
    return error_response(AppError(ErrorCode.NOT_FOUND, "not found"), "", "")


async def _answer_error(error: Exception) -> Response:
    await cast("PatientRequest", request).hear_out()
    deployment = _deployment()
    path = f"/groups/{deployment.app.group_id}/apps/{deployment.app.id}" if deployment else ""
    return error_response(error, base_url(request), path, deployment.for_operator if deployment else str)
