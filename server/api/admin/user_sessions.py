"""The sessions of an app's user: which there are, and the end of one."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from quart import Blueprint, Response

from server.admin.access import Power
from server.admin.moments import iso
from server.admin.objects.storage import JsonObject
from server.api.admin.answers import users as answers
from server.api.admin.asking import APP, asked_app
from server.api.admin.operations import Operation
from server.api.admin.users import app_users
from server.api.services import services
from server.api.wire import empty_response, json_response
from server.records import Session

admin_user_sessions = Blueprint("admin_user_sessions", __name__)
SESSIONS = f"{APP}/users/<user_id>/sessions"


@admin_user_sessions.get(SESSIONS)
@Operation(Power.USERS, answer=list[answers.UserSession])
async def list_sessions(group_id: str, internal_id: str, user_id: str) -> Response:
    """The user's sessions that have not ended, oldest first."""
    asked = await asked_app(group_id, internal_id)
    found = await services().calls.store.find_sessions(asked.app_id, user_id, now=datetime.now(UTC))
    return json_response(orjson.dumps([_session_object(session) for session in found]))


@admin_user_sessions.delete(f"{SESSIONS}/<session_id>")
@Operation(Power.USERS, status=204)
async def end_session(group_id: str, internal_id: str, user_id: str, session_id: str) -> Response:
    """End one session of the user."""
    await (await app_users(group_id, internal_id)).end_session(user_id, session_id)
    return empty_response()


def _session_object(session: Session) -> JsonObject:
    return {
        "_id": session.id,
        "provider_type": session.provider_type,
        "device_id": session.device_id,
        "created": iso(session.created_at),
        "expires": iso(session.expires_at),
    }
