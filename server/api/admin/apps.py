"""Apps: list, make, show, delete, import, export (contract 12.2)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import orjson
from quart import Blueprint, Response, request

from server.admin.access import Power, demand, sees
from server.admin.apps import app_object, describe, new_app_tree
from server.admin.objects.storage import JsonObject
from server.api.admin.answers import apps as answers
from server.api.admin.asking import APP, PREFIX, Body, administrator, asked_app, read_model
from server.api.admin.operations import Door, Operation, demanded_power
from server.api.services import base_url, services
from server.api.wire import empty_response, json_response
from server.apps.ids import GROUP_ID
from server.apps.names import why_not_app_name
from server.errors import AppError, ErrorCode
from server.login.audit import audit_entry
from server.login_records import AuditEvent
from server.store.deleted_apps import AppIdRetired

admin_apps = Blueprint("admin_apps", __name__)
ALL_APPS = f"{PREFIX}/groups/<group_id>/apps"
_SUFFIX_LETTERS = "abcdefghijklmnopqrstuvwxyz"


class NewApp(Body):
    """The body of `POST .../apps`; `app_id` is an addition that lets a moved app keep its client app id."""

    name: str
    app_id: str = ""
    location: str = "US-VA"
    deployment_model: str = "GLOBAL"
    provider_region: str = "aws-us-east-1"
    environment: str = ""


@admin_apps.get(ALL_APPS)
@Operation(Door.ADMINISTRATOR, answer=list[answers.App])
async def list_apps(group_id: str) -> Response:
    """The apps that the administrator sees; those of other products than `standard` are none (contract 12.2)."""
    caller = await administrator()
    if group_id != GROUP_ID or request.args.get("product", "standard") != "standard":
        return json_response(b"[]")
    stored = [app for app in await services().calls.store.stored_apps() if sees(caller, app.app_id)]
    workspace = services().administration.workspace
    return json_response(orjson.dumps([app_object(app, await workspace.served(app.app_id)) for app in stored]))


@admin_apps.post(ALL_APPS)
@Operation(Power.ADMINISTRATORS, status=201, body=NewApp, answer=answers.App)
async def add_app(group_id: str) -> Response:
    """Make an empty app, which is served at once."""
    caller = await administrator()
    demand(caller, demanded_power(), None)
    body = await read_model(NewApp)
    why_not = "no such group" if group_id != GROUP_ID else why_not_app_name(body.name)
    if why_not:
        raise AppError(ErrorCode.INVALID_PARAMETER, why_not)
    app_id = body.app_id or f"{body.name}-{''.join(secrets.choice(_SUFFIX_LETTERS) for _ in range(5))}"
    store, workspace = services().calls.store, services().administration.workspace
    try:
        is_new = await store.add_stored_app(app_id, now=datetime.now(UTC))
    except AppIdRetired as error:
        raise AppError(ErrorCode.BAD_REQUEST, str(error)) from None
    if not is_new:
        raise AppError(ErrorCode.BAD_REQUEST, f"an app '{app_id}' already exists")
    tree = new_app_tree(app_id, body.model_dump(exclude={"app_id"}))
    try:
        await workspace.edit(app_id, caller, lambda _: tree)
    except AppError:
        await store.abandon_stored_app(app_id)
        raise
    stored = await store.find_stored_app(app_id)
    if stored is None:
        raise AppError(ErrorCode.NOT_FOUND, "app not found: it was deleted meanwhile")
    return json_response(orjson.dumps(app_object(stored, tree)), 201)


@admin_apps.get(APP)
@Operation(Power.READ, answer=answers.App)
async def show_app(group_id: str, internal_id: str) -> Response:
    """One app."""
    asked = await asked_app(group_id, internal_id)
    tree = await services().administration.workspace.served(asked.app_id)
    return json_response(orjson.dumps(app_object(asked.app, tree)))


@admin_apps.delete(APP)
@Operation(Power.DELETE, status=204)
async def delete_app(group_id: str, internal_id: str) -> Response:
    """Delete the app with its users, secrets, logs and versions; its id is retired, its documents are kept."""
    asked = await asked_app(group_id, internal_id)
    owed = [audit_entry(asked.app_id, AuditEvent.APP_DELETED, asked.request)]
    await services().calls.store.delete_stored_app(asked.app_id, owed, now=datetime.now(UTC))
    await services().deployer.catch_up()
    return empty_response()


@admin_apps.get(f"{APP}/description")
@Operation(Power.READ, answer=JsonObject)
async def show_description(group_id: str, internal_id: str) -> Response:
    """What the app consists of, in short."""
    asked = await asked_app(group_id, internal_id)
    workspace = services().administration.workspace
    app = await workspace.app(asked.app_id, await workspace.served(asked.app_id))
    return json_response(orjson.dumps(describe(app, base_url(request))))
