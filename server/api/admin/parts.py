"""Parts of an app that are one of a kind: default rules, services' settings, custom user data, the environment."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response

from server.admin.access import Power
from server.admin.documents import USER_DATA
from server.admin.objects.kinds import KINDS
from server.admin.objects.services import folder_of
from server.admin.objects.storage import JsonObject
from server.api.admin.asking import APP, AppAsked, Body, asked_app, read_json, read_model
from server.api.admin.operations import Operation
from server.api.wire import empty_response, json_response
from server.apps.data_source_files import RulesFile
from server.errors import AppError, ErrorCode

admin_parts = Blueprint("admin_parts", __name__)
SERVICE = f"{APP}/services/<service_id>"
DEFAULT_RULE, CONFIG = f"{SERVICE}/default_rule", f"{SERVICE}/config"


class Environment(Body):
    """Which environment's values hold; empty: those of none."""

    environment: str


@admin_parts.get(DEFAULT_RULE)
@Operation(Power.READ, answer=JsonObject)
async def show_default_rule(group_id: str, internal_id: str, service_id: str) -> Response:
    """The rules of collections that have none of their own."""
    asked = await asked_app(group_id, internal_id)
    rule = await asked.documents.find(await _default_rule(asked, service_id))
    if rule is None:
        raise AppError(ErrorCode.DEFAULT_RULE_NOT_FOUND, "default rule not found")
    return json_response(orjson.dumps({"_id": service_id, **rule}))


@admin_parts.post(DEFAULT_RULE)
@Operation(Power.DEPLOY, status=201, body=RulesFile, answer=JsonObject)
async def add_default_rule(group_id: str, internal_id: str, service_id: str) -> Response:
    """Give a data source a default rule."""
    asked = await asked_app(group_id, internal_id)
    path, body = await _default_rule(asked, service_id), await read_json()
    await asked.documents.add(path, body, ErrorCode.DEFAULT_RULE_ALREADY_EXISTS)
    return json_response(orjson.dumps({**body, "_id": service_id}), 201)


@admin_parts.put(DEFAULT_RULE)
@Operation(Power.DEPLOY, status=204, body=RulesFile)
async def replace_default_rule(group_id: str, internal_id: str, service_id: str) -> Response:
    """Put another one in its place."""
    asked = await asked_app(group_id, internal_id)
    path, body = await _default_rule(asked, service_id), await read_json()
    await asked.documents.replace(path, body, ErrorCode.DEFAULT_RULE_NOT_FOUND)
    return empty_response()


@admin_parts.delete(DEFAULT_RULE)
@Operation(Power.DEPLOY, status=204)
async def delete_default_rule(group_id: str, internal_id: str, service_id: str) -> Response:
    """Take it away: nobody has access to collections that have no rules of their own."""
    asked = await asked_app(group_id, internal_id)
    path = await _default_rule(asked, service_id)
    await asked.documents.replace(path, None, ErrorCode.DEFAULT_RULE_NOT_FOUND)
    return empty_response()


@admin_parts.get(CONFIG)
@Operation(Power.READ, answer=JsonObject)
async def show_service_config(group_id: str, internal_id: str, service_id: str) -> Response:
    """A service's own settings."""
    asked = await asked_app(group_id, internal_id)
    service = await asked.objects.show(KINDS["services"], service_id)
    return json_response(orjson.dumps(service.get("config") or {}))


@admin_parts.patch(CONFIG)
@Operation(Power.DEPLOY, status=204, body=JsonObject)
async def merge_service_config(group_id: str, internal_id: str, service_id: str) -> Response:
    """Put the body's fields into a service's settings and leave the rest."""
    asked = await asked_app(group_id, internal_id)
    service, fields = await asked.objects.show(KINDS["services"], service_id), await read_json()
    config = service.get("config")
    merged = {**(config if isinstance(config, dict) else {}), **fields}
    await asked.objects.merge(KINDS["services"], service_id, {"config": merged})
    return empty_response()


@admin_parts.get(f"{APP}/custom_user_data")
@Operation(Power.READ, answer=JsonObject)
async def show_user_data(group_id: str, internal_id: str) -> Response:
    """Where custom user data stand, and which function is asked when a user is made."""
    asked = await asked_app(group_id, internal_id)
    return json_response(orjson.dumps({"enabled": False, **(await asked.documents.find(USER_DATA) or {})}))


@admin_parts.patch(f"{APP}/custom_user_data")
@Operation(Power.DEPLOY, status=204, body=JsonObject)
async def merge_user_data(group_id: str, internal_id: str) -> Response:
    """Put the body's fields into these settings; ids or names say which service and function."""
    asked = await asked_app(group_id, internal_id)
    await asked.documents.merge(USER_DATA, await read_json())
    return empty_response()


@admin_parts.put(f"{APP}/environment")
@Operation(Power.DEPLOY, status=204, body=Environment)
async def set_environment(group_id: str, internal_id: str) -> Response:
    """Have another environment's values hold."""
    asked, body = await asked_app(group_id, internal_id), await read_model(Environment)
    await asked.documents.merge(await asked.documents.root(), {"environment": body.environment})
    return empty_response()


async def _default_rule(asked: AppAsked, service_id: str) -> str:
    service = await asked.objects.show(KINDS["services"], service_id)
    folder = folder_of(await asked.documents.workspace.tree(asked.app_id), str(service.get("name")))
    if folder is None:
        raise AppError(ErrorCode.SERVICE_NOT_FOUND, "only data sources have rules")
    return f"{folder}/default_rule.json"
