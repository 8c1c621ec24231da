"""Log in, refresh, log out, who am I (contract 12.1)."""

from __future__ import annotations

import orjson
from pydantic import Field
from quart import Blueprint, Response, current_app, request

from server.admin.access import POWERS
from server.admin.objects.storage import JsonObject
from server.admin.sessions import AdministratorSessions
from server.administrator_records import AdministratorKind
from server.api.admin.answers import sessions as answers
from server.api.admin.asking import PREFIX, Body, administrator, read_model
from server.api.admin.openapi import openapi_document
from server.api.admin.operations import Door, Operation
from server.api.admin.route_table import admin_routes
from server.api.caller import described_request
from server.api.services import base_url, services
from server.api.wire import bearer_token, empty_response, json_response
from server.apps.ids import GROUP_ID
from server.auth.ids import NO_DEVICE

admin_sessions = Blueprint("admin_sessions", __name__)


class KeyPair(Body):
    """`mongodb-cloud`: the public and the private part of an API key."""

    username: str
    api_key: str = Field(alias="apiKey")


class Password(Body):
    """`local-userpass`."""

    username: str
    password: str


@admin_sessions.post(f"{PREFIX}/auth/providers/mongodb-cloud/login")
@Operation(Door.ANYBODY, body=KeyPair, answer=answers.Session)
async def log_in_by_key() -> Response:
    """Open a session with a key pair."""
    body = await read_model(KeyPair)
    return await _log_in(AdministratorKind.KEY_PAIR, body.username, body.api_key)


@admin_sessions.post(f"{PREFIX}/auth/providers/local-userpass/login")
@Operation(Door.ANYBODY, body=Password, answer=answers.Session)
async def log_in_by_password() -> Response:
    """Open a session with username and password."""
    body = await read_model(Password)
    return await _log_in(AdministratorKind.PASSWORD, body.username, body.password)


@admin_sessions.post(f"{PREFIX}/auth/session")
@Operation(Door.REFRESH_TOKEN, status=201, answer=answers.AccessToken)
async def refresh() -> Response:
    """A new access token for the refresh token."""
    return json_response(orjson.dumps({"access_token": await _sessions().refresh(bearer_token(request))}), 201)


@admin_sessions.delete(f"{PREFIX}/auth/session")
@Operation(Door.ADMINISTRATOR, status=204)
async def log_out() -> Response:
    """End the session."""
    await _sessions().log_out(bearer_token(request))
    return empty_response()


@admin_sessions.get(f"{PREFIX}/auth/profile")
@Operation(Door.ADMINISTRATOR, answer=answers.Profile)
async def show_profile() -> Response:
    """Who the administrator is, with roles and what they allow: all in the installation's one group."""
    caller = await administrator()
    roles = [
        {"role_name": grant.role, "group_id": GROUP_ID, "app_id": grant.app_id, "powers": sorted(POWERS[grant.role])}
        for grant in caller.grants
    ]
    identity = {"id": caller.login, "provider_type": caller.kind, "provider_id": GROUP_ID, "provider_data": {}}
    profile = {
        "user_id": caller.id,
        "domain_id": GROUP_ID,
        "identities": [identity],
        "data": {"name": caller.login},
        "type": "normal",
        "roles": roles,
    }
    return json_response(orjson.dumps(profile))


@admin_sessions.get("/api/private/v1.0/version")
@Operation(Door.ANYBODY, answer=answers.Version)
async def show_version() -> Response:
    """Liveness, as vendor tools ask for it (contract 12)."""
    return json_response(b'{"version":"vestibule"}')


@admin_sessions.get(f"{PREFIX}/openapi.json")
@Operation(Door.ADMINISTRATOR, answer=JsonObject)
async def show_openapi() -> Response:
    """This API in the words of OpenAPI 3.1."""
    await administrator()
    document = openapi_document(admin_routes(current_app), base_url(request))
    return json_response(orjson.dumps(document))


@admin_sessions.get("/api/public/v1.0/groups")
@Operation(Door.ADMINISTRATOR, answer=answers.Groups)
async def list_groups() -> Response:
    """The installation's one group, as the Atlas API lists projects."""
    await administrator()
    return json_response(orjson.dumps({"results": [{"id": GROUP_ID, "name": "default"}], "totalCount": 1}))


@admin_sessions.get("/api/public/v1.0/groups/<group_id>/clusters")
@Operation(Door.ADMINISTRATOR, answer=answers.Clusters)
async def list_clusters(group_id: str) -> Response:
    """None: data sources are linked by their URIs, not by the names of Atlas clusters."""
    await administrator()
    return json_response(b'{"results":[],"totalCount":0}')


async def _log_in(kind: AdministratorKind, login: str, secret: str) -> Response:
    opened = await _sessions().log_in(kind, login, secret, described_request().remote_ip_address)
    body = {
        "access_token": opened.access_token,
        "refresh_token": opened.refresh_token,
        "user_id": opened.administrator.id,
        "device_id": NO_DEVICE,
    }
    return json_response(orjson.dumps(body))


def _sessions() -> AdministratorSessions:
    return services().administration.sessions
