"""Environment values as objects: a name with one value an environment, out of `environments/*.json` (contract 9.3)."""

from __future__ import annotations

from collections.abc import Mapping

from server.admin.objects.storage import JsonObject, by_name, read_json
from server.apps.source import Tree
from server.apps.strict_json import dump
from server.errors import AppError, ErrorCode

TAGS: Mapping[str, str] = {
    "none": "no-environment", "development": "development", "testing": "testing", "qa": "qa",
    "production": "production",
}  # fmt: skip
"""What bodies call an environment (contract 12.3), and its file's name."""


class EnvironmentEntries:
    """Reads and writes objects `{name, values: {none, development, ...}}`."""

    def read(self, tree: Tree) -> dict[str, JsonObject]:
        """All names of all environments; an environment that does not have the name is left out."""
        found: dict[str, JsonObject] = {}
        for tag in TAGS:
            for name, value in _values(tree, tag).items():
                found.setdefault(name, {})[tag] = value
        return {name: {"name": name, "values": found[name]} for name in sorted(found)}

    def put(self, tree: Tree, key: str | None, value: JsonObject) -> Tree:
        """Into the environments that it names, and out of all others. Raises AppError InvalidParameter."""
        given = value.get("values")
        if not isinstance(given, dict) or not given or given.keys() - TAGS.keys():
            raise AppError(ErrorCode.INVALID_PARAMETER, f"'values' must be an object of some of {', '.join(TAGS)}")
        kept = tree if key is None else self.delete(tree, key)
        return {**kept, **{_path(tag): _file(kept, tag, {by_name(value): given[tag]}) for tag in given}}

    def delete(self, tree: Tree, key: str) -> Tree:
        """The files without the name."""
        having = [tag for tag in TAGS if key in _values(tree, tag)]
        return {**tree, **{_path(tag): _file(tree, tag, {}, without=key) for tag in having}}


def _path(tag: str) -> str:
    return f"environments/{TAGS[tag]}.json"


def _values(tree: Tree, tag: str) -> JsonObject:
    file = read_json(tree, _path(tag))
    values = file.get("values") if isinstance(file, dict) else None
    return values if isinstance(values, dict) else {}


def _file(tree: Tree, tag: str, added: JsonObject, without: str | None = None) -> bytes:
    file = read_json(tree, _path(tag))
    values = {name: value for name, value in _values(tree, tag).items() if name != without}
    return dump({**(file if isinstance(file, dict) else {}), "values": values | added})
