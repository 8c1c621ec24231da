"""The projections of filters: plain fields kept or cut (contract 10.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from server.ejson import Document, Value
from server.rules.draft import Draft
from server.rules.scope import MISSING, Found


def read_projection(raw: Document, path: str, draft: Draft) -> Mapping[str, bool]:
    """The fields that an author's projection keeps (True) or cuts (False)."""
    for name, wanted in raw.items():
        if wanted not in (0, 1) or "" in name.split(".") or name.startswith("$"):
            draft.refuse(f"{path}.{name}", "must be a field with 0 or 1")
    projection = {name: bool(wanted) for name, wanted in raw.items()}
    if is_mixed(projection):
        draft.refuse(path, "inclusion and exclusion must not mix")
    return projection


def is_mixed(projection: Mapping[str, bool]) -> bool:
    """Whether some fields are kept and some cut, which only `_id` may differ in."""
    return len({wanted for name, wanted in projection.items() if name != "_id"}) > 1


def project(document: Document, projection: Mapping[str, bool]) -> Document:
    """What the projection leaves of the document."""
    if not projection:
        return document
    fields = {name: wanted for name, wanted in projection.items() if name != "_id"}
    includes = any(fields.values()) if fields else projection["_id"]
    tree = _tree(fields)
    tree.pop("_id", None)
    if projection.get("_id", True) is includes:
        tree["_id"] = _Tree()
    return _kept(document, tree, includes=includes)


class _Tree(dict[str, "_Tree"]):
    """Names of fields, each with the names below it; a leaf means the whole field."""


def _tree(paths: Mapping[str, bool]) -> _Tree:
    tree = _Tree()
    for path in sorted(paths, reverse=True):
        *above, last = path.split(".")
        level = tree
        for name in above:
            level = level.setdefault(name, _Tree())
        level[last] = _Tree()
    return tree


def _kept(document: Document, tree: _Tree, *, includes: bool) -> Document:
    kept: Document = {}
    for name, value in document.items():
        part = _kept_value(value, tree.get(name), includes=includes)
        if part is not MISSING:
            kept[name] = part
    return kept


def _kept_value(value: Value, tree: _Tree | None, *, includes: bool) -> Found:
    if not tree:
        return value if (tree is not None) is includes else MISSING
    if isinstance(value, dict):
        return _kept(cast(Document, value), tree, includes=includes)
    if isinstance(value, list):
        parts = [_kept_value(item, tree, includes=includes) for item in cast("list[Value]", value)]
        return [part for part in parts if part is not MISSING]
    return MISSING if includes else value


def keeps_whole(projection: Mapping[str, bool], name: str) -> bool:
    """Whether the projection leaves the field, with all that is in it."""
    if not projection:
        return True
    if any(projection.values()):
        return projection.get(name, name == "_id")
    return not any(path == name or path.startswith(f"{name}.") for path in projection)
