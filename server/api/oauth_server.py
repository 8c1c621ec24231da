"""Each app as an OAuth authorization server: its description, token, revocation and introspection endpoints."""

from __future__ import annotations

import re
from collections.abc import Mapping

import orjson
from quart import Blueprint, Response, request

from server.api.caller import described_request
from server.api.forms import read_form
from server.api.services import base_url, services
from server.api.wire import json_response
from server.auth.tokens import ALGORITHM
from server.errors import AppError, ErrorCode

oauth_server = Blueprint("oauth_server", __name__)

_BEARER = re.compile(r"Bearer +([!-~]+)", re.IGNORECASE)


@oauth_server.get("/oauth2/<app_id>/.well-known/openid-configuration")
async def describe(app_id: str) -> Response:
    """What resource servers need to know to verify tokens (OpenID Connect Discovery 1.0)."""
    return _description(app_id)


@oauth_server.get("/.well-known/oauth-authorization-server/oauth2/<app_id>")
async def describe_server(app_id: str) -> Response:
    """The same under the address of RFC 8414."""
    return _description(app_id)


@oauth_server.post("/oauth2/<app_id>/token")
async def issue_tokens(app_id: str) -> Response:
    """Exchange a refresh token for new tokens; the one given ends (RFC 6749, 6; RFC 9700, 4.14)."""
    deployment, form = services().registry.app(app_id), await _form()
    if _required(form, "grant_type") != "refresh_token":
        raise AppError(ErrorCode.UNSUPPORTED_GRANT_TYPE, "the grant type is refresh_token")
    if form.get("client_id", app_id) != app_id:
        raise AppError(ErrorCode.INVALID_CLIENT, "the client is the app")
    token = _required(form, "refresh_token")
    made = await services().login.oauth.refresh(deployment, token, _issuer(app_id))
    body = {
        "access_token": made.access_token, "token_type": "Bearer", "expires_in": made.expires_in,
        "refresh_token": made.refresh_token,
    }  # fmt: skip
    return json_response(orjson.dumps(body))


@oauth_server.post("/oauth2/<app_id>/revoke")
async def revoke(app_id: str) -> Response:
    """End the session of a token; whoever has a token may (RFC 7009)."""
    deployment, form = services().registry.app(app_id), await _form()
    await services().login.oauth.revoke(deployment, _required(form, "token"), described_request())
    return json_response(b"{}")


@oauth_server.post("/oauth2/<app_id>/introspect")
async def introspect(app_id: str) -> Response:
    """What a token is worth, for resource servers with a server API key (RFC 7662)."""
    deployment = services().registry.app(app_id)
    match = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    await services().login.oauth.check_resource_server(deployment, match[1] if match else "")
    token = _required(await _form(), "token")
    return json_response(orjson.dumps(await services().login.oauth.introspect(deployment, token, _issuer(app_id))))


async def _form() -> Mapping[str, str]:
    return await read_form(request, ErrorCode.INVALID_REQUEST)


def _required(form: Mapping[str, str], name: str) -> str:
    if name not in form:
        raise AppError(ErrorCode.INVALID_REQUEST, f"'{name}' is required, once")
    return form[name]


def _issuer(app_id: str) -> str:
    return f"{base_url(request)}/oauth2/{app_id}"


def _description(app_id: str) -> Response:
    services().registry.app(app_id)
    issuer = _issuer(app_id)
    body = {
        "issuer": issuer,
        "jwks_uri": f"{base_url(request)}/.well-known/jwks.json",
        "token_endpoint": f"{issuer}/token",
        "revocation_endpoint": f"{issuer}/revoke",
        "introspection_endpoint": f"{issuer}/introspect",
        "grant_types_supported": ["refresh_token"],
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "introspection_endpoint_auth_methods_supported": ["bearer"],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "client_id", "sid", "jti", "user_data"],
    }
    response = json_response(orjson.dumps(body))
    response.headers["Cache-Control"] = "public, max-age=300"
    return response
