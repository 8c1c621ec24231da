"""Lists, shows, makes, changes and deletes objects of an app: every change is a change of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from server.admin.objects.kinds import KINDS, Kind
from server.admin.objects.references import UnknownReference, object_id, with_ids, with_names
from server.admin.objects.storage import JsonObject
from server.admin.workspace import Workspace
from server.administrator_records import Administrator
from server.apps.source import Tree
from server.errors import AppError, ErrorCode

_NOT_KEPT = ("_id", "id", "last_modified", "version")
"""Fields that answers carry and files do not."""
_REFERRED = ("functions", "services")
"""Kinds that others refer to."""


def kept_form(app_id: str, tree: Tree, body: JsonObject) -> JsonObject:
    """A body as files have it: names for ids. Raises AppError InvalidParameter where an id is of nothing."""
    keys = ((route, key) for route in _REFERRED for key in KINDS[route].storage.read(tree))
    names = {(route, object_id(app_id, route, key)): key for route, key in keys}
    try:
        value = cast("JsonObject", with_names(body, names))
    except UnknownReference as error:
        raise AppError(ErrorCode.INVALID_PARAMETER, str(error)) from None
    return {field: content for field, content in value.items() if field not in _NOT_KEPT}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppObjects:
    """The objects of one app as one administrator edits them."""

    app_id: str
    administrator: Administrator
    workspace: Workspace

    async def list(self, kind: Kind) -> list[JsonObject]:
        """All objects of the kind, in short."""
        objects = kind.storage.read(await self.workspace.tree(self.app_id))
        added = {"last_modified": await self.workspace.modified_at(self.app_id)} if kind.is_dated else {}
        return [self._shown(kind, key, kind.in_list(value) | added) for key, value in objects.items()]

    async def show(self, kind: Kind, id_: str) -> JsonObject:
        """One object, whole. Raises AppError."""
        tree = await self.workspace.tree(self.app_id)
        key = self._key(kind, tree, id_)
        return self._shown(kind, key, kind.storage.read(tree)[key])

    async def add(self, kind: Kind, body: JsonObject) -> JsonObject:
        """Make an object; its id and name. Raises AppError where the name is taken, or nothing works then."""
        made: list[JsonObject] = []

        def change(tree: Tree) -> Tree:
            value = kind.checked(kept_form(self.app_id, tree, body))
            before = kind.storage.read(tree)
            after = kind.storage.put(tree, None, value)
            key = next((key for key in kind.storage.read(after) if key not in before), None)
            if key is None:
                raise AppError(kind.already_exists, f"a {kind.word} of that name already exists")
            made[:] = [self._shown(kind, key, {"name": value["name"]} if "name" in value else value)]
            return after

        await self.workspace.edit(self.app_id, self.administrator, change)
        return made[0]

    async def replace(self, kind: Kind, id_: str, body: JsonObject) -> None:
        """Put the body in the object's place. Raises AppError."""

        def change(tree: Tree) -> Tree:
            key = self._key(kind, tree, id_)
            before = kind.storage.read(tree)
            kept = {name: before[key][name] for name in kind.identified_by if name in before[key]}
            after = kind.storage.put(tree, key, kind.checked(kept | kept_form(self.app_id, tree, body)))
            if len(kind.storage.read(after)) < len(before):
                raise AppError(kind.already_exists, f"a {kind.word} of that name already exists")
            return after

        await self.workspace.edit(self.app_id, self.administrator, change)

    async def merge(self, kind: Kind, id_: str, fields: JsonObject) -> None:
        """Put the fields into the object and leave the rest. Raises AppError."""

        def change(tree: Tree) -> Tree:
            key = self._key(kind, tree, id_)
            before = kind.storage.read(tree)
            value = kind.checked(before[key] | kept_form(self.app_id, tree, fields))
            after = kind.storage.put(tree, key, value)
            if len(kind.storage.read(after)) < len(before):
                raise AppError(kind.already_exists, f"a {kind.word} of that name already exists")
            return after

        await self.workspace.edit(self.app_id, self.administrator, change)

    async def delete(self, kind: Kind, id_: str) -> None:
        """Take the object away. Raises AppError where it is unknown, or others need it."""
        await self.workspace.edit(
            self.app_id, self.administrator, lambda tree: kind.storage.delete(tree, self._key(kind, tree, id_))
        )

    def _id(self, kind: Kind, key: str) -> str:
        return object_id(self.app_id, kind.route, key)

    def _key(self, kind: Kind, tree: Tree, id_: str) -> str:
        for key in kind.storage.read(tree):
            if self._id(kind, key) == id_:
                return key
        raise AppError(kind.not_found, f'{kind.word} not found: "{id_[:64]}"')

    def _shown(self, kind: Kind, key: str, value: JsonObject) -> JsonObject:
        return {"_id": self._id(kind, key), **cast("JsonObject", with_ids(value, self.app_id))}
