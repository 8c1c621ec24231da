"""Who reaches an app, and for how long: origins, addresses, lives of sessions (contract 11)."""

from __future__ import annotations

import orjson
from pydantic import Field
from quart import Blueprint, Response

from server.admin.access import Power
from server.admin.access_list import AccessList
from server.admin.documents import SECURITY
from server.api.admin.answers import apps as answers
from server.api.admin.asking import APP, Body, asked_app, read_array, read_model
from server.api.admin.operations import Operation
from server.api.caller import described_request
from server.api.services import services
from server.api.wire import empty_response, json_response
from server.errors import AppError, ErrorCode

admin_security = Blueprint("admin_security", __name__)
ORIGINS, EXPIRATION = f"{APP}/security/allowed_request_origins", f"{APP}/security/refresh_token_expiration"
ACCESS_LIST = f"{APP}/security/access_list"
MOST_ORIGINS = 1000


class Expiration(Body):
    """How long a refresh token lives."""

    expiration_time_seconds: int = Field(ge=30 * 60, le=5 * 365 * 24 * 3600)


class Allowed(Body):
    """An address or a network; `use_current` takes the administrator's own. In a change, what is left out stays."""

    address: str = Field(default="", max_length=64)
    comment: str = Field(default="", max_length=256)
    use_current: bool = False


@admin_security.get(ORIGINS)
@Operation(Power.READ, answer=list[str])
async def list_origins(group_id: str, internal_id: str) -> Response:
    """The origins of pages that may use the app; none: all may."""
    documents = (await asked_app(group_id, internal_id)).documents
    root = await documents.find(await documents.root()) or {}
    return json_response(orjson.dumps(root.get("allowed_request_origins") or []))


@admin_security.post(ORIGINS)
@Operation(Power.DEPLOY, status=204, body=list[str])
async def set_origins(group_id: str, internal_id: str) -> Response:
    """Let these pages use the app and no others."""
    documents, origins = (await asked_app(group_id, internal_id)).documents, await read_array()
    if len(origins) > MOST_ORIGINS or not all(isinstance(origin, str) for origin in origins):
        raise AppError(ErrorCode.INVALID_PARAMETER, f"the body must be an array of at most {MOST_ORIGINS} strings")
    await documents.merge(await documents.root(), {"allowed_request_origins": origins})
    return empty_response()


@admin_security.get(EXPIRATION)
@Operation(Power.READ, answer=answers.Expiration)
async def show_expiration(group_id: str, internal_id: str) -> Response:
    """How long a refresh token of the app lives."""
    found = await (await asked_app(group_id, internal_id)).documents.find(SECURITY) or {}
    default = int(services().settings.refresh_token_life.total_seconds())
    seconds = found.get("refresh_token_expiration") or default
    return json_response(orjson.dumps({"expiration_time_seconds": seconds}))


@admin_security.put(EXPIRATION)
@Operation(Power.DEPLOY, status=204, body=Expiration)
async def set_expiration(group_id: str, internal_id: str) -> Response:
    """Let refresh tokens that are issued from now on live for so long."""
    asked, body = await asked_app(group_id, internal_id), await read_model(Expiration)
    await asked.documents.merge(SECURITY, {"refresh_token_expiration": body.expiration_time_seconds})
    return empty_response()


@admin_security.get(ACCESS_LIST)
@Operation(Power.READ, answer=answers.AccessList)
async def show_access_list(group_id: str, internal_id: str) -> Response:
    """The addresses from which clients are served; a new app has one entry, which lets in everybody."""
    access_list = await _access_list(group_id, internal_id)
    return json_response(orjson.dumps({"allowed_ips": await access_list.entries(), "current_ip": access_list.current}))


@admin_security.post(ACCESS_LIST)
@Operation(Power.DEPLOY, status=201, body=Allowed, answer=answers.AllowedAddress)
async def allow_address(group_id: str, internal_id: str) -> Response:
    """Serve clients from these addresses, too."""
    access_list, body = await _access_list(group_id, internal_id), await read_model(Allowed)
    address = access_list.current if body.use_current else body.address
    return json_response(orjson.dumps(await access_list.add(address, body.comment)), 201)


@admin_security.patch(f"{ACCESS_LIST}/<entry_id>")
@Operation(Power.DEPLOY, status=204, body=Allowed)
async def change_address(group_id: str, internal_id: str, entry_id: str) -> Response:
    """Another address or comment."""
    access_list, body = await _access_list(group_id, internal_id), await read_model(Allowed)
    await access_list.replace(entry_id, access_list.current if body.use_current else body.address, body.comment)
    return empty_response()


@admin_security.delete(f"{ACCESS_LIST}/<entry_id>")
@Operation(Power.DEPLOY, status=204)
async def disallow_address(group_id: str, internal_id: str, entry_id: str) -> Response:
    """Serve clients from these addresses no more; without any entry nobody is served."""
    await (await _access_list(group_id, internal_id)).delete(entry_id)
    return empty_response()


async def _access_list(group_id: str, internal_id: str) -> AccessList:
    asked = await asked_app(group_id, internal_id)
    address = described_request().remote_ip_address
    return AccessList(app_id=asked.app_id, documents=asked.documents, current=address)
