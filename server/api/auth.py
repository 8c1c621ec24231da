"""Log in, profile, session, log out, delete (contract 1.3-1.6)."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from quart import Blueprint, Response, request

from server import ejson
from server.api.caller import authenticated, described_request, refreshing
from server.api.services import services
from server.api.wire import LoginBody, bearer_token, empty_response, json_response, read_body
from server.ejson import Document, Value
from server.login.logins import LoggedIn
from server.records import User

auth = Blueprint("auth", __name__, url_prefix="/api/client/v2.0")


# OPTIONS belongs to the GET of the same path, where cookies matter.
@auth.post("/app/<app_id>/auth/providers/<provider_type>/login", provide_automatic_options=False)
async def log_in(app_id: str, provider_type: str) -> Response:
    """Open a session by any provider of the app; with `link=true`, give the identity to the caller instead."""
    deployment, logins = services().registry.app(app_id), services().login.logins
    caller = (await authenticated(app_id))[1] if request.args.get("link") == "true" else None
    body = LoginBody.read(await read_body(request))
    attempt = logins.attempt(
        deployment, provider_type, described_request(), credentials=body.credentials,
        device_id=body.device_id, device=body.device,
    )  # fmt: skip
    opened = await (logins.log_in(attempt) if caller is None else logins.link(attempt, caller))
    return json_response(orjson.dumps(login_answer(opened)))


def login_answer(opened: LoggedIn) -> dict[str, str]:
    """The tokens of a login; without a refresh token there is no such field, as some clients take null for one."""
    answer = {"access_token": opened.access_token, "user_id": opened.user_id, "device_id": opened.device_id}
    return answer if opened.refresh_token is None else answer | {"refresh_token": opened.refresh_token}


@auth.get("/auth/profile")
async def show_profile() -> Response:
    """Who the caller is."""
    deployment, caller = await authenticated()
    return json_response(ejson.dumps(_profile(caller.user, deployment.app.domain_id)))


@auth.post("/auth/session")
async def refresh_session() -> Response:
    """A new access token for the refresh token."""
    deployment, session = await refreshing()
    access_token = await services().login.issuer.access_token(deployment, session, datetime.now(UTC))
    return json_response(orjson.dumps({"access_token": access_token}), 201)


@auth.delete("/auth/session")
async def log_out() -> Response:
    """End the refresh token's session."""
    await services().login.sessions.log_out(bearer_token(request), described_request())
    return empty_response()


@auth.delete("/auth/delete")
async def delete_user() -> Response:
    """Delete the caller's own account."""
    deployment, caller = await authenticated()
    await services().login.sessions.delete_user(deployment, caller.user, described_request())
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
