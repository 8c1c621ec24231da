"""Schemas of collections as objects: `schema.json` and `relationships.json` of their folder (contract 10.5, 12.3)."""

from __future__ import annotations

from server.admin.objects.rules import RuleFiles
from server.admin.objects.services import folder_of
from server.admin.objects.storage import JsonObject, read_json
from server.apps.source import Tree
from server.apps.strict_json import dump
from server.errors import AppError, ErrorCode
from server.versions.paths import file_name

_PLACE = ("data_source", "database", "collection")
_PARTS = 5
"""Parts of a schema's path."""


class SchemaFiles:
    """Reads and writes objects `{metadata: {data_source, database, collection}, schema, relationships}`."""

    def read(self, tree: Tree) -> dict[str, JsonObject]:
        """All schemas by `data source.database.collection`."""
        return {key: value for key, (_, value) in self._places(tree).items()}

    def put(self, tree: Tree, key: str | None, value: JsonObject) -> Tree:
        """Beside the collection's rules, if it has any. Raises AppError InvalidParameter."""
        source, database, collection = _metadata(value)
        folder = _collection_folder(tree, source, database, collection)
        new = f"{source}.{database}.{collection}"
        if key != new and new in self._places(tree):
            return tree if key is None else self.delete(tree, key)
        kept = tree if key is None or key == new else self.delete(tree, key)
        files = {f"{folder}/schema.json": dump(_object(value, "schema"))}
        if value.get("relationships"):
            files[f"{folder}/relationships.json"] = dump(_object(value, "relationships"))
        return {**kept, **files}

    def delete(self, tree: Tree, key: str) -> Tree:
        """The files without schema and relationships."""
        folder = self._places(tree)[key][0]
        gone = {f"{folder}/schema.json", f"{folder}/relationships.json"}
        return {path: content for path, content in tree.items() if path not in gone}

    def _places(self, tree: Tree) -> dict[str, tuple[str, JsonObject]]:
        found: dict[str, tuple[str, JsonObject]] = {}
        for path in sorted(tree):
            parts = path.split("/")
            if parts[0] == "data_sources" and len(parts) == _PARTS and parts[-1] == "schema.json":
                place = _named(tree, parts)
                folder = path.rpartition("/")[0]
                value = {
                    "metadata": dict(zip(_PLACE, place, strict=True)),
                    "schema": read_json(tree, path) or {},
                    "relationships": read_json(tree, f"{folder}/relationships.json") or {},
                }
                found[".".join(place)] = (folder, value)
        return found


def _named(tree: Tree, parts: list[str]) -> tuple[str, str, str]:
    """What a folder's schema is about: the names in its files win over their places."""
    source, rules = (
        read_json(tree, "/".join([*parts[:2], "config.json"])),
        read_json(tree, "/".join([*parts[:4], "rules.json"])),
    )
    names = {**(rules if isinstance(rules, dict) else {})}
    name = source.get("name") if isinstance(source, dict) else None
    return str(name or parts[1]), str(names.get("database") or parts[2]), str(names.get("collection") or parts[3])


def _collection_folder(tree: Tree, source: str, database: str, collection: str) -> str:
    folder = folder_of(tree, source)
    if folder is None:
        raise AppError(ErrorCode.INVALID_PARAMETER, "'metadata.data_source' must name a data source of the app")
    of_rules = RuleFiles(source=folder.partition("/")[2]).folder_of(tree, f"{database}.{collection}")
    if of_rules is None and any(file_name(name) != name for name in (database, collection)):
        text = "give the collection rules first: no folder can have its name, and they are what says it"
        raise AppError(ErrorCode.INVALID_PARAMETER, text)
    return of_rules or f"{folder}/{database}/{collection}"


def _metadata(value: JsonObject) -> tuple[str, str, str]:
    metadata = value.get("metadata")
    given = [metadata.get(name) if isinstance(metadata, dict) else None for name in _PLACE]
    for name, text in zip(_PLACE, given, strict=True):
        if not isinstance(text, str) or not text:
            raise AppError(ErrorCode.MISSING_PARAMETER, f"'metadata.{name}' is a required string.")
    return str(given[0]), str(given[1]), str(given[2])


def _object(value: JsonObject, name: str) -> JsonObject:
    part = value.get(name, {})
    if not isinstance(part, dict):
        raise AppError(ErrorCode.INVALID_PARAMETER, f"'{name}' must be an object")
    return part
