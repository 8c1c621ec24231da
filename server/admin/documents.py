"""Parts of an app that are one file each: default rules, custom user data, security settings (contract 12.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from server.admin.objects.references import with_ids
from server.admin.objects.service import kept_form
from server.admin.objects.storage import JsonObject, read_json
from server.admin.workspace import Workspace
from server.administrator_records import Administrator
from server.apps.layouts.layout import ROOT_FILE, ROOT_FILES
from server.apps.source import Tree
from server.apps.strict_json import dump
from server.errors import AppError, ErrorCode

SECURITY, USER_DATA = "auth/security.json", "auth/custom_user_data.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppDocuments:
    """Such files of one app as one administrator edits them."""

    app_id: str
    administrator: Administrator
    workspace: Workspace

    async def find(self, path: str) -> JsonObject | None:
        """The file's fields, with ids beside names; None where there is no such file."""
        fields = read_json(await self.workspace.tree(self.app_id), path)
        return cast("JsonObject", with_ids(fields, self.app_id)) if isinstance(fields, dict) else None

    async def merge(self, path: str, fields: JsonObject) -> None:
        """Put the fields into the file and leave the rest; null takes a field away. Raises AppError."""

        def change(tree: Tree) -> Tree:
            before = read_json(tree, path)
            merged = {**(before if isinstance(before, dict) else {}), **kept_form(self.app_id, tree, fields)}
            return {**tree, path: dump({name: value for name, value in merged.items() if value is not None})}

        await self.workspace.edit(self.app_id, self.administrator, change)

    async def add(self, path: str, body: JsonObject, taken: ErrorCode) -> None:
        """Make the file. Raises AppError: `taken` where there is one."""

        def change(tree: Tree) -> Tree:
            if path in tree:
                raise AppError(taken, f"there is one already: {path}")
            return {**tree, path: dump(kept_form(self.app_id, tree, body))}

        await self.workspace.edit(self.app_id, self.administrator, change)

    async def replace(self, path: str, body: JsonObject | None, missing: ErrorCode) -> None:
        """Put the body in the file's place, or with None nothing. Raises AppError: `missing` where there is none."""

        def change(tree: Tree) -> Tree:
            if path not in tree:
                raise AppError(missing, f"there is none: {path}")
            others = {place: content for place, content in tree.items() if place != path}
            return others if body is None else {**others, path: dump(kept_form(self.app_id, tree, body))}

        await self.workspace.edit(self.app_id, self.administrator, change)

    async def root(self) -> str:
        """The path of the root file."""
        tree = await self.workspace.tree(self.app_id)
        return next((path for path in ROOT_FILES if path in tree), ROOT_FILE)
