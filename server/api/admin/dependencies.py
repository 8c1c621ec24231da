"""The npm packages of an app (contract 12.6)."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from quart import Blueprint, Response, request

from server.admin.access import Power
from server.admin.workspace import Change
from server.api.admin.answers import dependencies as answers
from server.api.admin.asking import APP, AppAsked, asked_app
from server.api.admin.operations import FILE, FORM, Operation
from server.api.services import services
from server.api.wire import empty_response, json_response
from server.apps.ids import derived_id
from server.apps.packages import PackagesUnreadable
from server.apps.source import Tree
from server.errors import AppError, ErrorCode
from server.versions.dependencies import (
    PACKAGE,
    Packages,
    archive_of,
    diff_packages,
    listed,
    packages_of,
    with_upload,
    without_packages,
)  # fmt: skip

admin_dependencies = Blueprint("admin_dependencies", __name__)
DEPENDENCIES = f"{APP}/dependencies"


@admin_dependencies.get(DEPENDENCIES)
@Operation(Power.READ, answer=answers.Dependencies)
async def list_dependencies(group_id: str, internal_id: str) -> Response:
    """The packages, in the versions that are there."""
    asked = await asked_app(group_id, internal_id)
    workspace = services().administration.workspace
    packages = await _packages(await workspace.tree(asked.app_id))
    body = {
        "_id": derived_id(asked.app_id, "dependencies"),
        "location": "US-VA",
        "user_id": "",
        "last_modified": await workspace.modified_at(asked.app_id),
        "dependencies_list": listed(packages.all),
    }
    return json_response(orjson.dumps(body))


@admin_dependencies.put(DEPENDENCIES)
@Operation(Power.DEPLOY, status=204, body=dict[str, Any], body_types=(FORM,))
async def put_dependencies(group_id: str, internal_id: str) -> Response:
    """Put `package.json`, or an archive of `node_modules`, in the place of all packages: the form's field `file`."""
    asked = await asked_app(group_id, internal_id)
    name, content = await _uploaded()
    tree = await services().administration.workspace.tree(asked.app_id)
    await _checked(tree, name, content)
    await _edit(asked, lambda tree: with_upload(tree, name, content))
    return empty_response()


@admin_dependencies.delete(DEPENDENCIES)
@Operation(Power.DEPLOY, status=204, refusals=(ErrorCode.APP_DEPENDENCIES_NOT_FOUND,))
async def delete_dependencies(group_id: str, internal_id: str) -> Response:
    """Take all packages away."""
    asked = await asked_app(group_id, internal_id)
    tree = await services().administration.workspace.tree(asked.app_id)
    if without_packages(tree) == tree:
        raise _none()
    await _edit(asked, without_packages)
    return empty_response()


@admin_dependencies.post(f"{DEPENDENCIES}/diff")
@Operation(Power.DEPLOY, answer=answers.DependenciesDiff, body=dict[str, Any], body_types=(FORM,))
async def diff_dependencies(group_id: str, internal_id: str) -> Response:
    """What an upload would change; for who may upload, since an archive is large inside."""
    asked = await asked_app(group_id, internal_id)
    name, content = await _uploaded()
    before = await services().administration.workspace.tree(asked.app_id)
    after = await _packages(await _checked(before, name, content))
    return json_response(orjson.dumps(diff_packages((await _packages(before)).all, after.all)))


@admin_dependencies.get(f"{DEPENDENCIES}/status")
@Operation(Power.READ, answer=answers.Installation)
async def show_installation(group_id: str, internal_id: str) -> Response:
    """Whether all packages that `package.json` names are there. The server downloads none: they are uploaded."""
    asked = await asked_app(group_id, internal_id)
    packages = await _packages(await services().administration.workspace.tree(asked.app_id))
    missing = ", ".join(packages.missing)
    message = f"not there: {missing}; run `npm install` and upload node_modules as an archive" if missing else ""
    return json_response(orjson.dumps({"status": "failed" if missing else "successful", "status_message": message}))


@admin_dependencies.get(f"{DEPENDENCIES}/export")
@Operation(Power.READ, answer_type=FILE, refusals=(ErrorCode.APP_DEPENDENCIES_NOT_FOUND,))
async def export_manifest(group_id: str, internal_id: str) -> Response:
    """The file `package.json`."""
    tree = await services().administration.workspace.tree((await asked_app(group_id, internal_id)).app_id)
    return _file(tree, PACKAGE)


@admin_dependencies.get(f"{DEPENDENCIES}/archive")
@Operation(Power.READ, answer_type=FILE, refusals=(ErrorCode.APP_DEPENDENCIES_NOT_FOUND,))
async def export_archive(group_id: str, internal_id: str) -> Response:
    """The archive of packages as it was uploaded."""
    tree = await services().administration.workspace.tree((await asked_app(group_id, internal_id)).app_id)
    return _file(tree, archive_of(tree) or "")


def _file(tree: Tree, path: str) -> Response:
    if path not in tree:
        raise _none()
    response = Response(tree[path], content_type=FILE)
    response.headers["Content-Disposition"] = f'attachment; filename="{path.rpartition("/")[2]}"'
    return response


async def _uploaded() -> tuple[str, bytes]:
    file = (await request.files).get("file")
    if file is None:
        raise AppError(ErrorCode.MISSING_PARAMETER, "the form has no file in its field 'file'")
    return file.filename or "", await asyncio.to_thread(file.read)


async def _checked(tree: Tree, name: str, content: bytes) -> Tree:
    try:
        return await asyncio.to_thread(with_upload, tree, name, content)
    except PackagesUnreadable as error:
        raise AppError(ErrorCode.BAD_REQUEST, str(error)) from error


async def _packages(tree: Tree) -> Packages:
    try:
        return await asyncio.to_thread(packages_of, tree)
    except PackagesUnreadable as error:
        raise AppError(ErrorCode.BAD_REQUEST, str(error)) from error


async def _edit(asked: AppAsked, change: Change) -> None:
    await services().administration.workspace.edit(asked.app_id, asked.administrator, change)


def _none() -> AppError:
    return AppError(ErrorCode.APP_DEPENDENCIES_NOT_FOUND, "the app has no such dependencies")
