"""Drafts and deployments (contract 12.2)."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response, request

from server.admin.access import Power
from server.admin.objects.storage import JsonObject
from server.admin.query import number
from server.api.admin.answers import deployments as answers
from server.api.admin.asking import APP, AppAsked, Body, asked_app, read_model
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import empty_response, json_response
from server.errors import AppError, ErrorCode
from server.store.deployments import MAX_DEPLOYMENTS
from server.version_records import DeploymentRecord, DraftRecord
from server.versions.compiling import DeployFailed

admin_deployments = Blueprint("admin_deployments", __name__)
_MOST_LISTED = 1000


class AutomaticDeployment(Body):
    """`automatic_deployment` of how an app is deployed."""

    enabled: bool


class DeployConfig(Body):
    """How an app is deployed; what is left out stays."""

    automatic_deployment: AutomaticDeployment | None = None


@admin_deployments.post(f"{APP}/drafts")
@Operation(Power.DEPLOY, status=201, answer=answers.Draft)
async def open_draft(group_id: str, internal_id: str) -> Response:
    """Open a draft of the served version."""
    asked = await asked_app(group_id, internal_id)
    draft = await services().administration.workspace.open_draft(asked.app_id, asked.administrator)
    return json_response(orjson.dumps(_draft_object(draft)), 201)


@admin_deployments.get(f"{APP}/drafts")
@Operation(Power.READ, answer=list[answers.Draft])
async def list_drafts(group_id: str, internal_id: str) -> Response:
    """The open draft, in an array, which is empty without one."""
    asked = await asked_app(group_id, internal_id)
    draft = await services().calls.store.find_draft(asked.app_id)
    return json_response(orjson.dumps([_draft_object(draft)] if draft else []))


@admin_deployments.delete(f"{APP}/drafts/<draft_id>")
@Operation(Power.DEPLOY, status=204)
async def discard_draft(group_id: str, internal_id: str, draft_id: str) -> Response:
    """Give the draft up."""
    asked = await asked_app(group_id, internal_id)
    if not await services().calls.store.delete_draft(asked.app_id, draft_id):
        raise AppError(ErrorCode.DRAFT_NOT_FOUND, "draft not found")
    return empty_response()


@admin_deployments.post(f"{APP}/drafts/<draft_id>/deployment")
@Operation(Power.DEPLOY, status=201, answer=answers.Deployment)
async def deploy_draft(group_id: str, internal_id: str, draft_id: str) -> Response:
    """Begin to deploy the draft; how it goes is asked for by the deployment's id.

    What was deployed since the draft was opened is kept: 409 where that changed a file which the draft changed, too.
    """
    asked = await asked_app(group_id, internal_id)
    workspace = services().administration.workspace
    record = await workspace.deploy_draft(asked.app_id, draft_id, asked.administrator)
    return json_response(orjson.dumps(_deployment_object(record, asked)), 201)


@admin_deployments.get(f"{APP}/deployments")
@Operation(Power.READ, answer=list[answers.Deployment])
async def list_deployments(group_id: str, internal_id: str) -> Response:
    """The newest deployments, newest first; `before` goes on from a number, `limit` asks for more than 25."""
    asked = await asked_app(group_id, internal_id)
    before = number(request.args, "before", 0) or None
    limit = min(number(request.args, "limit", 0) or MAX_DEPLOYMENTS, _MOST_LISTED)
    found = await services().calls.store.find_deployments(asked.app_id, before=before, limit=limit)
    return json_response(orjson.dumps([_deployment_object(record, asked) for record in found]))


@admin_deployments.get(f"{APP}/deployments/<deployment_id>")
@Operation(Power.READ, answer=answers.Deployment)
async def show_deployment(group_id: str, internal_id: str, deployment_id: str) -> Response:
    """One deployment: clients ask until it is successful or failed."""
    asked = await asked_app(group_id, internal_id)
    return json_response(orjson.dumps(_deployment_object(await asked_deployment(asked, deployment_id), asked)))


@admin_deployments.post(f"{APP}/deployments/<deployment_id>/redeploy")
@Operation(Power.DEPLOY, status=204)
async def redeploy(group_id: str, internal_id: str, deployment_id: str) -> Response:
    """Serve the version of an earlier deployment again, from the answer on."""
    asked = await asked_app(group_id, internal_id)
    record = await asked_deployment(asked, deployment_id)
    try:
        await services().deployer.redeploy(record, asked.administrator.login)
    except DeployFailed as error:
        raise AppError(ErrorCode.IMPORT_APP_ERROR, str(error)) from error
    return empty_response()


@admin_deployments.get(f"{APP}/deploy/config")
@Operation(Power.READ, answer=answers.DeployConfig)
async def show_deploy_config(group_id: str, internal_id: str) -> Response:
    """Whether changes of the app's folder are deployed by themselves, where the server watches it."""
    asked = await asked_app(group_id, internal_id)
    body = {
        "ui_drafts_disabled": False,
        "automatic_deployment": {"enabled": asked.app.automatic_deployment, "provider": "folder"},
        "last_modified": await services().administration.workspace.modified_at(asked.app_id),
    }
    return json_response(orjson.dumps(body))


@admin_deployments.patch(f"{APP}/deploy/config")
@Operation(Power.DEPLOY, status=204, body=DeployConfig)
async def set_deploy_config(group_id: str, internal_id: str) -> Response:
    """Have changes of the app's folder deployed by themselves, or not."""
    asked, body = await asked_app(group_id, internal_id), await read_model(DeployConfig)
    if body.automatic_deployment is not None:
        is_automatic = body.automatic_deployment.enabled
        await services().calls.store.set_automatic_deployment(asked.app_id, is_automatic=is_automatic)
    return empty_response()


async def asked_deployment(asked: AppAsked, deployment_id: str) -> DeploymentRecord:
    """The deployment of the path. Raises AppError DeploymentNotFound."""
    record = await services().calls.store.find_deployment(asked.app_id, deployment_id)
    if record is None:
        raise AppError(ErrorCode.DEPLOYMENT_NOT_FOUND, "deployment not found")
    return record


def _draft_object(draft: DraftRecord) -> JsonObject:
    return {"_id": draft.id, "user_id": draft.author, "app": {"client_app_id": draft.app_id}}


def _deployment_object(record: DeploymentRecord, asked: AppAsked) -> JsonObject:
    return {
        "_id": record.id,
        "name": str(record.number),
        "number": record.number,
        "app_id": record.app_id,
        "version": record.version,
        "draft_id": record.draft_id,
        "user_id": record.author,
        "deployed_at": int((record.deployed_at or record.created_at).timestamp()),
        "origin": record.origin,
        "commit": record.comment,
        "status": record.status,
        "served": record.id == asked.app.deployment_id,
        "status_error_message": record.problem,
        "diff_url": "",
        "remote_location": "",
    }
