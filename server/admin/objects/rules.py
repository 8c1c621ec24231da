"""Rules of collections as objects: `<database>/<collection>/rules.json` below their data source (contract 10.1)."""

from __future__ import annotations

from dataclasses import dataclass

from server.admin.objects.storage import JsonObject, free_file, read_json
from server.apps.source import Tree
from server.apps.strict_json import dump as dump_json
from server.versions.paths import file_name

_RULES = "rules.json"
_PARTS = 5
"""Parts of such a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFiles:
    """Reads and writes the rules of one data source's collections; schemas beside them are left alone."""

    source: str

    def read(self, tree: Tree) -> dict[str, JsonObject]:
        """All rules by `database.collection`; the file's own names win over its place."""
        return {key: value for key, (_, value) in self._places(tree).items()}

    def put(self, tree: Tree, key: str | None, value: JsonObject) -> Tree:
        """In the file where they stood, unless they are another collection's now."""
        places = self._places(tree)
        new = _key(value)
        kept = tree if key is None or key == new else self.delete(tree, key)
        if new in places:
            return {**kept, places[new][0]: dump_json(value)}
        folder = f"data_sources/{self.source}/{file_name(str(value.get('database')))}"
        own = places[key][0] if key is not None else None
        return {**kept, free_file(kept, folder, str(value.get("collection")), f"/{_RULES}", own=own): dump_json(value)}

    def delete(self, tree: Tree, key: str) -> Tree:
        """The files without them."""
        gone = self._places(tree)[key][0]
        return {path: content for path, content in tree.items() if path != gone}

    def folder_of(self, tree: Tree, key: str) -> str | None:
        """The folder of a collection that has rules."""
        place = self._places(tree).get(key)
        return place[0].rpartition("/")[0] if place else None

    def _places(self, tree: Tree) -> dict[str, tuple[str, JsonObject]]:
        found: dict[str, tuple[str, JsonObject]] = {}
        for path in sorted(tree):
            parts = path.split("/")
            if parts[:2] != ["data_sources", self.source] or len(parts) != _PARTS or parts[-1] != _RULES:
                continue
            value = read_json(tree, path)
            if isinstance(value, dict):
                named = {"database": parts[2], "collection": parts[3], **value}
                found[_key(named)] = (path, named)
        return found


def _key(value: JsonObject) -> str:
    return f"{value.get('database')}.{value.get('collection')}"
