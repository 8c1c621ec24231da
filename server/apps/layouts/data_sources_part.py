"""Data sources: services among others in older layouts, with rules, schema and relationships in one file each."""

from __future__ import annotations

import re

from server.apps.layouts.inline_secrets import name_secrets
from server.apps.layouts.moving import Moving
from server.apps.strict_json import Json

_TYPES = frozenset({"mongodb-atlas", "mongodb", "datalake"})
_SERVICE = re.compile(r"services/([^/]+)/config\.json")
_SOURCE = re.compile(r"data_sources/([^/]+)/config\.json")
_PARTS = ("schema", "relationships")
"""What has a file of its own beside `rules.json` in the current layout."""


def to_current(moving: Moving) -> None:
    """Services whose type is that of a data source become data sources; the others stay services."""
    for match in list(moving.matching(_SERVICE)):
        older, name = match[0], match[1]
        config = moving.take_object(older)
        if config is None:
            continue
        is_source = config.get("type") in _TYPES
        folder = f"{'data_sources' if is_source else 'services'}/{name}"
        moving.put_json(f"{folder}/config.json", name_secrets(moving, "services", name, config), older)
        moving.came_from(f"{folder}/config.json", "", older)
        if is_source:
            _read_rules(moving, name, folder)


def _read_rules(moving: Moving, name: str, folder: str) -> None:
    default = f"services/{name}/default_rule.json"
    if moving.has(default):
        moving.put(f"{folder}/default_rule.json", moving.take(default), default)
        moving.came_from(f"{folder}/default_rule.json", "", default)
    for match in list(moving.matching(re.compile(rf"services/{re.escape(name)}/rules/([^/]+)\.json"))):
        older = match[0]
        rule = moving.take_object(older)
        place = None if rule is None else _collection(moving, older, match[1], rule)
        if rule is not None and place is not None:
            _split(moving, older, f"{folder}/{place[0]}/{place[1]}", rule)


def _collection(moving: Moving, older: str, stem: str, rule: dict[str, Json]) -> tuple[str, str] | None:
    """Database and collection: by the file's name, which the names inside may leave to an environment."""
    if "namespace" in rule:
        moving.problems.add(older, "namespace", "rules older than roles are not read; write them as 'roles'")
        return None
    database, _, collection = stem.partition(".")
    if database and collection:
        return database, collection
    inner = rule.get("database"), rule.get("collection")
    if not all(isinstance(one, str) and one and "/" not in one for one in inner):
        moving.problems.add(
            older, "database", "neither the file's name nor 'database' and 'collection' say whose it is"
        )
        return None
    return str(inner[0]), str(inner[1])


def _split(moving: Moving, older: str, folder: str, rule: dict[str, Json]) -> None:
    for part in _PARTS:
        if part in rule:
            moving.put_json(f"{folder}/{part}.json", rule.pop(part), older)
            moving.came_from(f"{folder}/{part}.json", "", older, part)
    if rule:
        moving.put_json(f"{folder}/rules.json", rule, older)
        moving.came_from(f"{folder}/rules.json", "", older)


def to_older(moving: Moving) -> None:
    """Data sources become services again, with one file of rules a collection."""
    for match in list(moving.matching(_SOURCE)):
        file, name = match[0], match[1]
        moving.put(f"services/{name}/config.json", moving.take(file), file)
        default = f"data_sources/{name}/default_rule.json"
        if moving.has(default):
            moving.put(f"services/{name}/default_rule.json", moving.take(default), default)
        _write_rules(moving, name)


def _write_rules(moving: Moving, name: str) -> None:
    pattern = re.compile(rf"data_sources/{re.escape(name)}/([^/]+)/([^/]+)/(rules|{'|'.join(_PARTS)})\.json")
    found: dict[str, dict[str, Json]] = {}
    for match in sorted(moving.matching(pattern), key=lambda one: (one[1], one[2], one[3] != "rules", one[3])):
        file, part = match[0], match[3]
        if "." in match[1]:
            moving.problems.add(file, "", f"the layout {moving.layout.name} has no databases with a dot in their name")
        older = f"services/{name}/rules/{match[1]}.{match[2]}.json"
        rule = found.setdefault(older, {})
        content = moving.take_object(file) if part == "rules" else moving.take_json(file)
        if part != "rules":
            rule |= {part: content}
        elif isinstance(content, dict):
            rule |= content
            _check_free(moving, file, content)
    for older, rule in found.items():
        if rule:
            moving.put_json(older, rule, f"data_sources/{name}")


def _check_free(moving: Moving, file: str, rules: dict[str, Json]) -> None:
    for part in _PARTS:
        if part in rules:
            moving.problems.add(file, part, f"stands in a file of its own, {part}.json")
