"""An app's files as one JSON body, which `import_body` turns into the same files again (contract 12.2)."""

from __future__ import annotations

import json
from typing import TypeAlias

from server.apps.layouts.layout import ROOT_FILES
from server.apps.source import Tree

Json: TypeAlias = object
JsonObject: TypeAlias = dict[str, Json]

_LISTS = ("triggers", "values", "log_forwarders")
"""Folders of which each file is an entry of an array."""
_OF_A_COLLECTION = 5
"""Parts of the path of a collection's file."""


def body_of_tree(tree: Tree) -> JsonObject:
    """What the files say; packages, and what is no part of the contract's body, are left out."""
    root = next((_json(tree, path) for path in ROOT_FILES if path in tree), {})
    return {
        **root,
        "environments": {_last(path): _json(tree, path) for path in _below(tree, "environments")},
        "auth_providers": list(_json(tree, "auth/providers.json").values()),
        "custom_user_data": _json(tree, "auth/custom_user_data.json"),
        "functions": {"config": _any(tree, "functions/config.json") or [], "sources": _sources(tree)},
        "data_sources": _data_sources(tree),
        "services": _services(tree),
        "endpoints": {"config": _any(tree, "http_endpoints/config.json") or []},
        **{name: [_json(tree, path) for path in _below(tree, name)] for name in _LISTS},
    }


def _sources(tree: Tree) -> JsonObject:
    is_source = (path for path in _below(tree, "functions") if path.endswith((".js", ".ts")))
    own = (path for path in is_source if "/node_modules/" not in path)
    return {path.removeprefix("functions/"): tree[path].decode(errors="replace") for path in own}


def _data_sources(tree: Tree) -> list[JsonObject]:
    found = []
    for folder in _folders(tree, "data_sources"):
        rule = _any(tree, f"{folder}/default_rule.json")
        entry: JsonObject = {"config": _json(tree, f"{folder}/config.json"), "rules": _collections(tree, folder)}
        found.append(entry | ({"default_rule": rule} if rule else {}))
    return found


def _collections(tree: Tree, source: str) -> list[JsonObject]:
    paths = (path for path in _below(tree, source) if path.count("/") == _OF_A_COLLECTION - 1)
    folders = sorted({path.rpartition("/")[0] for path in paths})
    return [_collection(tree, folder) for folder in folders]


def _collection(tree: Tree, folder: str) -> JsonObject:
    database, collection = folder.split("/")[-2:]
    rules = {"database": database, "collection": collection} | _json(tree, f"{folder}/rules.json")
    parts = {part: _any(tree, f"{folder}/{part}.json") for part in ("schema", "relationships")}
    return rules | {name: value for name, value in parts.items() if value}


def _services(tree: Tree) -> list[JsonObject]:
    return [
        {
            "config": _json(tree, f"{folder}/config.json"),
            "rules": [_json(tree, path) for path in _below(tree, f"{folder}/rules")],
            "incoming_webhooks": [_webhook(tree, place) for place in _folders(tree, f"{folder}/incoming_webhooks")],
        }
        for folder in _folders(tree, "services")
    ]


def _webhook(tree: Tree, folder: str) -> JsonObject:
    source = tree.get(f"{folder}/source.js", b"").decode(errors="replace")
    return {"config": _json(tree, f"{folder}/config.json"), "source": source}


def _below(tree: Tree, folder: str) -> list[str]:
    return sorted(path for path in tree if path.startswith(f"{folder}/"))


def _folders(tree: Tree, folder: str) -> list[str]:
    depth = folder.count("/") + 2
    inside = (path.split("/") for path in _below(tree, folder))
    return sorted({"/".join(parts[:depth]) for parts in inside if len(parts) > depth})


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _json(tree: Tree, path: str) -> JsonObject:
    value = _any(tree, path)
    return value if isinstance(value, dict) else {}


def _any(tree: Tree, path: str) -> Json:
    try:
        return json.loads(tree[path])
    except (KeyError, ValueError, RecursionError):
        return None
