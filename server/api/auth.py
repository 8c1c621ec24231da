"""Log in, profile, session, log out, delete (contract 1.3-1.6)."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response, request

from server import ejson
from server.api.caller import authenticated
from server.api.services import services
from server.api.wire import bearer_token, describe_request, empty_response, json_response, read_body, split_login
from server.ejson import Document, Value
from server.errors import AppError, ErrorCode
from server.records import User

auth = Blueprint("auth", __name__, url_prefix="/api/client/v2.0")


@auth.post("/app/<app_id>/auth/providers/<provider_type>/login")
async def log_in(app_id: str, provider_type: str) -> Response:
    """Open a session by any provider of the app."""
    deployment = services().registry.app(app_id)
    if request.args.get("link") == "true":
        raise AppError(ErrorCode.LINKING_NOT_SUPPORTED, "linking identities is not supported")
    credentials, device_id = split_login(await read_body(request))
    described = describe_request(request, trusted_proxies=services().settings.trusted_proxies)
    opened = await services().sessions.log_in(deployment, provider_type, credentials, device_id, described)
    services().wake_triggers()
    return json_response(
        orjson.dumps(
            {
                "access_token": opened.access_token,
                "refresh_token": opened.refresh_token,
                "user_id": opened.user_id,
                "device_id": opened.device_id,
            }
        )
    )


@auth.get("/auth/profile")
async def show_profile() -> Response:
    """Who the caller is."""
    deployment, caller = await authenticated()
    return json_response(ejson.dumps(_profile(caller.user, deployment.app.domain_id)))


@auth.post("/auth/session")
async def refresh_session() -> Response:
    """A new access token for the refresh token."""
    access_token = await services().sessions.refresh(bearer_token(request))
    return json_response(orjson.dumps({"access_token": access_token}), 201)


@auth.delete("/auth/session")
async def log_out() -> Response:
    """End the refresh token's session."""
    await services().sessions.log_out(bearer_token(request))
    return empty_response()


@auth.delete("/auth/delete")
async def delete_user() -> Response:
    """Delete the caller's own account."""
    deployment, caller = await authenticated()
    await services().sessions.delete_user(deployment, caller.user)
    services().wake_triggers()
    return empty_response()


def _profile(user: User, domain_id: str) -> Document:
    identities: list[Value] = [
        {
            "id": identity.id,
            "provider_type": identity.provider_type,
            "provider_id": identity.provider_id,
            "provider_data": identity.data,
        }
        for identity in user.identities
    ]
    return {
        "user_id": user.id,
        "domain_id": domain_id,
        "identities": identities,
        "data": user.data,
        "type": user.type.value,
    }
