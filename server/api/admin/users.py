"""Users of an app: look, disable, log out, delete, confirm registrations, server keys (contract 12.3, 12.4)."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
from pydantic import BaseModel
from quart import Blueprint, Response, request

from server import ejson
from server.admin.access import Power
from server.admin.objects.storage import JsonObject
from server.admin.users import AppUsers
from server.api.admin.answers import users as answers
from server.api.admin.asking import APP, Body, asked_app, read_model
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import empty_response, json_response
from server.apps.ids import derived_id
from server.auth.ids import is_id
from server.auth.tokens import AccessClaims
from server.errors import AppError, ErrorCode
from server.login_records import ApiKey, Device
from server.records import User
from server.store.users import MAX_USERS

admin_users = Blueprint("admin_users", __name__)
USERS, KEYS = f"{APP}/users", f"{APP}/api_keys"
_STATUS = {"enabled": False, "disabled": True}


class NewAccount(Body):
    """An address with a password."""

    email: str
    password: str


class Token(Body):
    """A user's access token."""

    token: str


class NewServerKey(Body):
    """A server key's name."""

    name: str


class UsersSought(BaseModel):
    """Which users, and from where on; `provider_types` stand between commas."""

    after: str = ""
    sort: str = "_id"
    desc: str = "false"
    status: str = ""
    provider_types: str = ""


@admin_users.get(USERS)
@Operation(Power.USERS, answer=list[answers.User], query=UsersSought)
async def list_users(group_id: str, internal_id: str) -> Response:
    """A page of 50 by id, ascending unless `desc` is true, beginning after the id `after`."""
    asked = await asked_app(group_id, internal_id)
    after, status, types = (request.args.get(name, "") for name in ("after", "status", "provider_types"))
    if after and not is_id(after):
        raise AppError(ErrorCode.INVALID_PARAMETER, "'after' must be the id of a user")
    found = await services().calls.store.find_users(
        asked.app_id, after=after, disabled=_STATUS.get(status), provider_types=types.split(",") if types else None,
        limit=MAX_USERS, descending=request.args.get("desc") == "true",
    )  # fmt: skip
    return json_response(orjson.dumps([user_object(user) for user in found]))


@admin_users.post(USERS)
@Operation(Power.USERS, status=201, body=NewAccount, answer=answers.User)
async def add_user(group_id: str, internal_id: str) -> Response:
    """Make a confirmed account of an address and a password."""
    users, body = await app_users(group_id, internal_id), await read_model(NewAccount)
    return json_response(orjson.dumps(user_object(await users.add(body.email, body.password))), 201)


@admin_users.get(f"{USERS}/<user_id>")
@Operation(Power.USERS, answer=answers.User)
async def show_user(group_id: str, internal_id: str, user_id: str) -> Response:
    """One user."""
    return json_response(orjson.dumps(user_object(await (await app_users(group_id, internal_id)).find(user_id))))


@admin_users.delete(f"{USERS}/<user_id>")
@Operation(Power.USERS, status=204)
async def delete_user(group_id: str, internal_id: str, user_id: str) -> Response:
    """Delete the account, with its DELETE events."""
    await (await app_users(group_id, internal_id)).delete(user_id)
    return empty_response()


@admin_users.put(f"{USERS}/<user_id>/<any(enable, disable):switch>")
@Operation(Power.USERS, status=204)
async def switch_user(group_id: str, internal_id: str, user_id: str, switch: str) -> Response:
    """Let the user in again, or no more: disabling ends all sessions."""
    await (await app_users(group_id, internal_id)).set_disabled(user_id, disabled=switch == "disable")
    return empty_response()


@admin_users.put(f"{USERS}/<user_id>/logout")
@Operation(Power.USERS, status=204)
async def log_out_user(group_id: str, internal_id: str, user_id: str) -> Response:
    """End all sessions of the user."""
    await (await app_users(group_id, internal_id)).revoke_sessions(user_id)
    return empty_response()


@admin_users.get(f"{USERS}/<user_id>/devices")
@Operation(Power.USERS, answer=list[answers.Device])
async def list_devices(group_id: str, internal_id: str, user_id: str) -> Response:
    """The devices that the user logged in with."""
    asked = await asked_app(group_id, internal_id)
    devices = await services().calls.store.find_devices(asked.app_id, user_id)
    return json_response(orjson.dumps([_device_object(device) for device in devices]))


@admin_users.post(f"{USERS}/verify_token")
@Operation(Power.USERS, body=Token, answer=JsonObject | str)
async def verify_token(group_id: str, internal_id: str) -> Response:
    """What a user's access token says, if it is good now."""
    asked = await asked_app(group_id, internal_id)
    try:
        claims = services().login.sessions.read((await read_model(Token)).token)
    except AppError as error:
        if "expired" in error.message:
            return json_response(orjson.dumps("token expired"))
        raise AppError(ErrorCode.AUTH_ERROR, "signature is invalid") from None
    if not isinstance(claims, AccessClaims) or claims.domain_id != derived_id(asked.app_id, "domain"):
        raise AppError(ErrorCode.AUTH_ERROR, "signature is invalid")
    body: JsonObject = {
        "sub": claims.user_id, "exp": int(claims.expires_at.timestamp()), "iat": int(claims.issued_at.timestamp()),
        "iss": claims.session_id, "domain_id": claims.domain_id, "device_id": claims.device_id,
    }  # fmt: skip
    if claims.user_data is not None:
        body["custom_user_data"] = orjson.loads(ejson.dumps(claims.user_data))
    return json_response(orjson.dumps(body))


@admin_users.get(KEYS)
@Operation(Power.READ, answer=list[answers.ServerKey])
async def list_server_keys(group_id: str, internal_id: str) -> Response:
    """The server keys, without their texts."""
    asked = await asked_app(group_id, internal_id)
    keys = await services().calls.store.find_server_keys(asked.app_id)
    return json_response(orjson.dumps([_key_object(key) for key in keys]))


@admin_users.post(KEYS)
@Operation(Power.SECRETS, status=201, body=NewServerKey, answer=answers.NewServerKey)
async def add_server_key(group_id: str, internal_id: str) -> Response:
    """Make a server key, with a server user; its text is shown this once."""
    asked = await asked_app(group_id, internal_id)
    body = await read_model(NewServerKey)
    deployment = services().registry.app(asked.app_id)
    made = await services().login.api_keys.create_server_key(deployment, body.name, asked.request)
    return json_response(orjson.dumps(_key_object(made.key) | {"key": made.text}), 201)


@admin_users.put(f"{KEYS}/<key_id>/<any(enable, disable):switch>")
@Operation(Power.SECRETS, status=204)
async def switch_server_key(group_id: str, internal_id: str, key_id: str, switch: str) -> Response:
    """Let the key in again, or no more."""
    asked = await asked_app(group_id, internal_id)
    keys = services().login.api_keys
    await keys.set_server_key_disabled(asked.app_id, key_id, asked.request, disabled=switch == "disable")
    return empty_response()


@admin_users.delete(f"{KEYS}/<key_id>")
@Operation(Power.SECRETS, status=204)
async def delete_server_key(group_id: str, internal_id: str, key_id: str) -> Response:
    """Forget the key, and the server user whom it stands for."""
    asked = await asked_app(group_id, internal_id)
    deployment = services().registry.app(asked.app_id)
    await services().login.api_keys.delete_server_key(deployment, key_id, asked.request)
    return empty_response()


def user_object(user: User) -> JsonObject:
    """The user as the Admin API shows it; moments in seconds, 0 for never."""
    return {
        "_id": user.id,
        "identities": [
            {
                "id": identity.id,
                "provider_type": identity.provider_type,
                "provider_id": identity.provider_id,
                "provider_data": orjson.loads(ejson.dumps(identity.data)),
            }
            for identity in user.identities
        ],
        "type": user.type,
        "creation_date": _seconds(user.created_at),
        "last_authentication_date": _seconds(user.last_authentication_at),
        "disabled": user.disabled,
        "data": orjson.loads(ejson.dumps(user.data)),
    }


async def app_users(group_id: str, internal_id: str) -> AppUsers:
    """The users of the app of the path. Raises AppError as `asked_app` does."""
    asked = await asked_app(group_id, internal_id)
    deployment = services().registry.app(asked.app_id)
    return AppUsers(
        deployment=deployment, calls=services().calls, login=services().login, request=asked.request
    )  # fmt: skip


def _device_object(device: Device) -> JsonObject:
    return {
        "_id": device.id,
        **orjson.loads(ejson.dumps(device.description)),
        "last_seen": _seconds(device.last_seen_at),
    }


def _key_object(key: ApiKey) -> JsonObject:
    return {"_id": key.id, "name": key.name, "disabled": key.disabled}


def _seconds(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.astimezone(UTC).timestamp())
