"""An app's files in and out, whole: import, export, and the newer pair of push and pull (contract 12.2)."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import orjson
from pydantic import BaseModel
from quart import Blueprint, Response, request

from server.admin.access import Power, demand
from server.admin.comparing import compare_apps, compare_files
from server.admin.objects.storage import JsonObject
from server.api.admin.answers import deployments as answers
from server.api.admin.asking import APP, AppAsked, asked_app, read_json
from server.api.admin.operations import CHANGES, JSON, ZIP, Operation
from server.api.services import services
from server.api.wire import empty_response, json_response
from server.apps.layouts.convert import Current, in_layout, to_current
from server.apps.layouts.layout import LAYOUTS, Layout, find_layout
from server.apps.problems import AppFolderError
from server.apps.source import Tree
from server.errors import AppError, ErrorCode
from server.versions.archive import ArchiveError, read_zip, write_zip
from server.versions.changes_archive import hashes, read_changes
from server.versions.diff import diff_trees
from server.versions.export_body import body_of_tree
from server.versions.import_body import ImportBodyError, tree_of_body, tree_of_files
from server.versions.tree import normalised

admin_transfer = Blueprint("admin_transfer", __name__)


class Importing(BaseModel):
    """`strategy` is always to replace by name; with `diff=true` or `diff=full` nothing is changed."""

    strategy: str = "replace-by-name"
    diff: str = "false"


class Exporting(BaseModel):
    """The layout of the files, which is by default the one in which they were deployed."""

    version: str = ""
    source_control: str = "false"


@admin_transfer.post(f"{APP}/import")
@Operation(
    Power.DEPLOY, status=204, body=JsonObject, body_types=(JSON, ZIP, CHANGES), query=Importing,
    also={200: list[str] | answers.FolderDiff},
)  # fmt: skip
async def import_app(group_id: str, internal_id: str) -> Response:
    """Replace the app's files; `diff=true` only says what would change, `diff=full` what of the served version."""
    asked = await asked_app(group_id, internal_id)
    workspace = services().administration.workspace
    before = await workspace.tree(asked.app_id)
    imported = await _imported(asked.app_id, before)
    if request.args.get("diff") == "full":
        served = await workspace.served(asked.app_id)
        said = await compare_apps(workspace, asked.app_id, served, imported.files, imported.secrets)
        return json_response(orjson.dumps(await compare_files(served, imported.files) | said))
    if request.args.get("diff") == "true":
        await workspace.app(asked.app_id, imported.files, imported.secrets)
        return json_response(orjson.dumps(await asyncio.to_thread(diff_trees, before, imported.files)))
    await _put(asked, imported)
    return empty_response()


@admin_transfer.patch(f"{APP}/push")
@Operation(Power.DEPLOY, status=204, body=JsonObject, body_types=(JSON, ZIP))
async def push_app(group_id: str, internal_id: str) -> Response:
    """Replace the app's files, as newer tools do it."""
    asked = await asked_app(group_id, internal_id)
    before = await services().administration.workspace.tree(asked.app_id)
    await _put(asked, await _imported(asked.app_id, before))
    return empty_response()


@admin_transfer.get(f"{APP}/pull")
@Operation(Power.READ, answer_type=ZIP, also_types=(JSON,))
async def pull_app(group_id: str, internal_id: str) -> Response:
    """The app's files, as newer tools do it: JSON where that is accepted and a zip archive is not, else the archive."""
    asked = await asked_app(group_id, internal_id)
    tree = await services().administration.workspace.served(asked.app_id)
    if request.accept_mimetypes.best_match([ZIP, JSON], ZIP) == JSON:
        return json_response(orjson.dumps(await asyncio.to_thread(body_of_tree, tree)))
    return _archive(asked.app_id, await asyncio.to_thread(write_zip, tree))


@admin_transfer.get(f"{APP}/files")
@Operation(Power.READ, answer=dict[str, str])
async def list_files(group_id: str, internal_id: str) -> Response:
    """The served version's files by path, with the SHA-256 of each: what an upload of changes may leave out."""
    asked = await asked_app(group_id, internal_id)
    return json_response(orjson.dumps(hashes(await services().administration.workspace.served(asked.app_id))))


async def _put(asked: AppAsked, imported: Current) -> None:
    workspace, tree = services().administration.workspace, imported.files
    if imported.secrets:
        demand(asked.administrator, Power.SECRETS, asked.app_id)
        await workspace.app(asked.app_id, tree, imported.secrets)
        await services().deployer.keep_secrets(asked.app_id, imported.secrets)
    await workspace.edit(asked.app_id, asked.administrator, lambda _: tree)


@admin_transfer.get(f"{APP}/export")
@Operation(Power.READ, answer_type=ZIP, query=Exporting)
async def export_app(group_id: str, internal_id: str) -> Response:
    """The app's files as a zip archive, in the layout that `version` names, else as they were deployed."""
    asked = await asked_app(group_id, internal_id)
    tree = await services().administration.workspace.served(asked.app_id)
    layout = _layout(request.args.get("version", ""))
    archive = await asyncio.to_thread(_exported, tree, layout)
    return _archive(asked.app_id, archive)


def _archive(app_id: str, archive: bytes) -> Response:
    response = Response(archive, content_type="application/zip")
    name = re.sub(r"[^A-Za-z0-9_-]", "_", app_id)
    moment = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}_{moment}.zip"'
    return response


def _layout(name: str) -> Layout | None:
    layout = find_layout(name)
    if layout is None and name:
        known = ", ".join(layout.name for layout in LAYOUTS)
        raise AppError(ErrorCode.INVALID_PARAMETER, f"'version' must be one of {known}")
    return layout


def _exported(tree: Tree, layout: Layout | None) -> bytes:
    try:
        return write_zip(in_layout(tree, layout) if layout else tree)
    except AppFolderError as error:
        raise AppError(ErrorCode.BAD_REQUEST, str(error)) from error


async def _imported(app_id: str, before: Tree) -> Current:
    """The files of the body: JSON as `realm-cli` sends it, or a zip archive of the folder in any layout."""
    try:
        if request.mimetype in {ZIP, CHANGES}:
            archive = cast("bytes", await request.get_data())
            served = await services().administration.workspace.served(app_id) if request.mimetype == CHANGES else None
            return await asyncio.to_thread(_unpacked, archive, app_id, served)
        body = await read_json()
        tree = await asyncio.to_thread(lambda: normalised(tree_of_body(body, app_id=app_id, before=before)))
        return Current(files=tree)
    except (ImportBodyError, ArchiveError, AppFolderError) as error:
        raise AppError(ErrorCode.IMPORT_APP_ERROR, str(error)) from error


def _unpacked(archive: bytes, app_id: str, served: Tree | None) -> Current:
    current = to_current(read_zip(archive) if served is None else read_changes(archive, served.values()))
    return replace(current, files=normalised(tree_of_files(current.files, app_id=app_id)))
