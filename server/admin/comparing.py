"""What deploying one version in the place of another changes: files line by line, powers in words, warnings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from server.admin.objects.storage import JsonObject
from server.admin.workspace import Workspace
from server.apps.source import Tree
from server.versions.diff import changed_paths, diff_trees
from server.versions.powers import changed_powers
from server.versions.warnings import warnings_of


async def compare_files(before: Tree, after: Tree) -> JsonObject:
    """`diffs` as `diff -u` has them, and `files` by what becomes of them."""
    return {
        "diffs": await asyncio.to_thread(diff_trees, before, after),
        "files": dict(changed_paths(before, after)),
    }


async def compare_apps(
    workspace: Workspace, app_id: str, before: Tree, after: Tree, texts: Mapping[str, str] | None = None
) -> JsonObject:
    """`powers` that come and go, and `warnings` about what is new; `texts` are secrets that come with it.

    Raises AppError ImportAppError where one of the two cannot be read.
    """
    old = await workspace.app(app_id, before) if before else None
    new = await workspace.app(app_id, after, texts)
    return {"powers": changed_powers(old, new), "warnings": warnings_of(new)}
