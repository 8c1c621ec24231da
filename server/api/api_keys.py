"""A user's own API keys (contract 1.7); the routes take the refresh token."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response, request

from server.api.caller import described_request, refreshing
from server.api.services import services
from server.api.wire import empty_response, json_response, read_body
from server.login_records import ApiKey

api_keys = Blueprint("api_keys", __name__, url_prefix="/api/client/v2.0/auth/api_keys")


@api_keys.get("")
async def list_keys() -> Response:
    """The caller's keys."""
    _, session = await refreshing()
    keys = await services().login.api_keys.list(session)
    return json_response(orjson.dumps([_shown(key) for key in keys]))


@api_keys.post("")
async def create_key() -> Response:
    """A new key; its text is in this answer and nowhere else."""
    deployment, session = await refreshing()
    body = await read_body(request)
    made = await services().login.api_keys.create(deployment, session, body.get("name"), described_request())
    return json_response(orjson.dumps(_shown(made.key) | {"key": made.text}), 201)


@api_keys.get("/<key_id>")
async def show_key(key_id: str) -> Response:
    """One key."""
    _, session = await refreshing()
    return json_response(orjson.dumps(_shown(await services().login.api_keys.find(session, key_id))))


@api_keys.delete("/<key_id>")
async def delete_key(key_id: str) -> Response:
    """Delete a key, but not the one of this very session."""
    _, session = await refreshing()
    await services().login.api_keys.delete(session, key_id, described_request())
    return empty_response()


@api_keys.put("/<key_id>/enable")
async def enable_key(key_id: str) -> Response:
    """Let the key log in."""
    return await _set_disabled(key_id, disabled=False)


@api_keys.put("/<key_id>/disable")
async def disable_key(key_id: str) -> Response:
    """Let the key log in no more, and end the sessions it opened."""
    return await _set_disabled(key_id, disabled=True)


async def _set_disabled(key_id: str, *, disabled: bool) -> Response:
    _, session = await refreshing()
    await services().login.api_keys.set_disabled(session, key_id, described_request(), disabled=disabled)
    return empty_response()


def _shown(key: ApiKey) -> dict[str, object]:
    return {"_id": key.id, "name": key.name, "disabled": key.disabled}
