"""Functions, providers, values and the other objects of an app: one set of routes for all kinds (contract 12.3)."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response

from server.admin.access import Power
from server.admin.objects.kinds import KINDS, SUCCESSFUL, Kind, rules_of
from server.admin.objects.service import AppObjects
from server.admin.objects.services import folder_of
from server.admin.objects.storage import JsonObject
from server.api.admin.answers import apps as answers
from server.api.admin.asking import APP, asked_app, read_json
from server.api.admin.operations import Operation
from server.api.wire import empty_response, json_response
from server.errors import AppError, ErrorCode

admin_objects = Blueprint("admin_objects", __name__)
ROUTE = f"{APP}/<any({', '.join(KINDS)}):kind>"
RULES = f"{APP}/services/<service_id>/rules"
SWITCHED = ("enable", "disable")


@admin_objects.get(ROUTE)
@Operation(Power.READ, answer=list[answers.Object])
async def list_objects(group_id: str, internal_id: str, kind: str) -> Response:
    """All objects of a kind."""
    objects = (await asked_app(group_id, internal_id)).objects
    return json_response(orjson.dumps(await objects.list(KINDS[kind])))


@admin_objects.post(ROUTE)
@Operation(Power.DEPLOY, status=201, body=JsonObject, answer=answers.Object)
async def add_object(group_id: str, internal_id: str, kind: str) -> Response:
    """Make an object."""
    objects = (await asked_app(group_id, internal_id)).objects
    return json_response(orjson.dumps(await objects.add(KINDS[kind], await read_json())), 201)


@admin_objects.get(f"{ROUTE}/<object_id>")
@Operation(Power.READ, answer=answers.Object)
async def show_object(group_id: str, internal_id: str, kind: str, object_id: str) -> Response:
    """One object."""
    objects = (await asked_app(group_id, internal_id)).objects
    return json_response(orjson.dumps(await objects.show(KINDS[kind], object_id)))


@admin_objects.put(f"{ROUTE}/<object_id>")
@Operation(Power.DEPLOY, body=JsonObject, answer=answers.Object, also={204: None})
async def replace_object(group_id: str, internal_id: str, kind: str, object_id: str) -> Response:
    """Put the body in the object's place."""
    objects = (await asked_app(group_id, internal_id)).objects
    await objects.replace(KINDS[kind], object_id, await read_json())
    return await _updated(objects, KINDS[kind], object_id)


@admin_objects.patch(f"{ROUTE}/<object_id>")
@Operation(Power.DEPLOY, status=204, body=JsonObject)
async def merge_object(group_id: str, internal_id: str, kind: str, object_id: str) -> Response:
    """Put the body's fields into the object; 204 without a body, which vendor tools insist on."""
    objects = (await asked_app(group_id, internal_id)).objects
    await objects.merge(KINDS[kind], object_id, await read_json())
    return empty_response()


@admin_objects.delete(f"{ROUTE}/<object_id>")
@Operation(Power.DEPLOY, status=204)
async def delete_object(group_id: str, internal_id: str, kind: str, object_id: str) -> Response:
    """Take the object away."""
    objects = (await asked_app(group_id, internal_id)).objects
    await objects.delete(KINDS[kind], object_id)
    return empty_response()


@admin_objects.put(f"{APP}/auth_providers/<object_id>/<any({', '.join(SWITCHED)}):switch>")
@Operation(Power.DEPLOY, status=204)
async def switch_provider(group_id: str, internal_id: str, object_id: str, switch: str) -> Response:
    """Let users in by this provider, or no more."""
    objects = (await asked_app(group_id, internal_id)).objects
    await objects.merge(KINDS["auth_providers"], object_id, {"disabled": switch == "disable"})
    return empty_response()


@admin_objects.get(RULES)
@Operation(Power.READ, answer=list[answers.Object])
async def list_rules(group_id: str, internal_id: str, service_id: str) -> Response:
    """The rules of a data source's collections."""
    objects = (await asked_app(group_id, internal_id)).objects
    return json_response(orjson.dumps(await objects.list(await _rules(objects, service_id))))


@admin_objects.post(RULES)
@Operation(Power.DEPLOY, status=201, body=JsonObject, answer=answers.Object)
async def add_rule(group_id: str, internal_id: str, service_id: str) -> Response:
    """Give a collection rules."""
    objects = (await asked_app(group_id, internal_id)).objects
    return json_response(orjson.dumps(await objects.add(await _rules(objects, service_id), await read_json())), 201)


@admin_objects.get(f"{RULES}/<object_id>")
@Operation(Power.READ, answer=answers.Object)
async def show_rule(group_id: str, internal_id: str, service_id: str, object_id: str) -> Response:
    """The rules of one collection."""
    objects = (await asked_app(group_id, internal_id)).objects
    return json_response(orjson.dumps(await objects.show(await _rules(objects, service_id), object_id)))


@admin_objects.put(f"{RULES}/<object_id>")
@Operation(Power.DEPLOY, status=204, body=JsonObject)
async def replace_rule(group_id: str, internal_id: str, service_id: str, object_id: str) -> Response:
    """Put other rules in their place."""
    objects = (await asked_app(group_id, internal_id)).objects
    await objects.replace(await _rules(objects, service_id), object_id, await read_json())
    return empty_response()


@admin_objects.delete(f"{RULES}/<object_id>")
@Operation(Power.DEPLOY, status=204)
async def delete_rule(group_id: str, internal_id: str, service_id: str, object_id: str) -> Response:
    """Take the collection's rules away: then the default rule holds, or nobody has access."""
    objects = (await asked_app(group_id, internal_id)).objects
    await objects.delete(await _rules(objects, service_id), object_id)
    return empty_response()


async def _rules(objects: AppObjects, service_id: str) -> Kind:
    service = await objects.show(KINDS["services"], service_id)
    folder = folder_of(await objects.workspace.tree(objects.app_id), str(service.get("name")))
    if folder is None:
        raise AppError(ErrorCode.SERVICE_NOT_FOUND, "only data sources have rules")
    return rules_of(folder.partition("/")[2])


async def _updated(objects: AppObjects, kind: Kind, object_id: str) -> Response:
    if kind.update_status != SUCCESSFUL:
        return empty_response()
    return json_response(orjson.dumps(await objects.show(kind, object_id)))
