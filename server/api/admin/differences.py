"""What a draft or a deployment changes: files line by line, and powers in words."""

from __future__ import annotations

import asyncio

import orjson
from pydantic import BaseModel
from quart import Blueprint, Response, request

from server.admin.access import Power
from server.admin.comparing import compare_apps, compare_files
from server.admin.objects.storage import JsonObject
from server.api.admin.answers import deployments as answers
from server.api.admin.asking import APP, asked_app
from server.api.admin.deployments import asked_deployment
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import json_response
from server.apps.packages import PackagesUnreadable
from server.apps.source import Tree
from server.errors import AppError
from server.versions.dependencies import diff_packages, packages_of

admin_differences = Blueprint("admin_differences", __name__)
_NOT_SERVED_HERE: JsonObject = {
    "hosting_files_diff": {"added": [], "deleted": [], "modified": []},
    "graphql_config_diff": {"field_diffs": []},
    "schema_options_diff": {"graphql_validation_diffs": [], "rest_validation_diffs": []},
}
"""What vendor tools look for in a draft's difference."""


class Comparing(BaseModel):
    """With what a deployment is compared: `served`, or else what was served before it."""

    against: str = ""


@admin_differences.get(f"{APP}/drafts/<draft_id>/diff")
@Operation(Power.READ, answer=answers.DraftDiff)
async def diff_draft(group_id: str, internal_id: str, draft_id: str) -> Response:
    """What the draft would change of what is served: files, and powers in words."""
    asked = await asked_app(group_id, internal_id)
    workspace = services().administration.workspace
    draft = await workspace.draft(asked.app_id, draft_id)
    before, after = await workspace.served(asked.app_id), await services().deployer.files(draft.version)
    said = {
        **await compare_apps(workspace, asked.app_id, before, after),
        "dependencies_diff": await asyncio.to_thread(_changed_packages, before, after),
    }
    return json_response(orjson.dumps(await compare_files(before, after) | said | _NOT_SERVED_HERE))


@admin_differences.get(f"{APP}/deployments/<deployment_id>/diff")
@Operation(Power.READ, answer=answers.DeploymentDiff, query=Comparing)
async def diff_deployment(group_id: str, internal_id: str, deployment_id: str) -> Response:
    """What the deployment changed of what was served before; with `against=served`, what redeploying would change.

    `powers` is null where one of the two cannot be read: the deployment failed, or a secret is gone by now.
    """
    asked = await asked_app(group_id, internal_id)
    record, deployer = await asked_deployment(asked, deployment_id), services().deployer
    if request.args.get("against") == "served":
        before = await services().administration.workspace.served(asked.app_id)
    else:
        earlier = await services().calls.store.find_served_before(asked.app_id, record.number)
        before = await deployer.files(earlier.version) if earlier else {}
    after = await deployer.files(record.version)
    try:
        said = await compare_apps(services().administration.workspace, asked.app_id, before, after)
    except AppError:
        said = {"powers": None}
    return json_response(orjson.dumps(await compare_files(before, after) | {"powers": said["powers"]}))


def _changed_packages(before: Tree, after: Tree) -> dict[str, list[dict[str, str]]]:
    """Nothing where an archive cannot be read: deploying says so."""
    try:
        return diff_packages(packages_of(before).all, packages_of(after).all)
    except PackagesUnreadable:
        return diff_packages({}, {})
