"""Texts of secrets that older exports carry in `secrets.json`: named, referred to, and kept apart (contract 9.4)."""

from __future__ import annotations

from server.apps.layouts.moving import Moving
from server.apps.strict_json import Json

FILE = "secrets.json"
GROUPS = ("auth_providers", "services")


def take_secrets(moving: Moving) -> None:
    """Read the file; what belongs to a provider or service is found by `name_secrets`."""
    tree = moving.take_object(FILE) if moving.has(FILE) else None
    for group, owners in (tree or {}).items():
        if group not in GROUPS or not isinstance(owners, dict):
            moving.problems.add(FILE, group, f"has to be an object, one of {' and '.join(GROUPS)}")
            continue
        for owner, texts in owners.items():
            _take(moving, group, owner, texts)


def _take(moving: Moving, group: str, owner: str, texts: Json) -> None:
    for field, text in texts.items() if isinstance(texts, dict) else [("", None)]:
        if isinstance(text, str):
            moving.inline_secrets[group, owner, field] = text
        else:
            moving.problems.add(FILE, ".".join(filter(None, (group, owner, field))), "has to be a string")


def name_secrets(moving: Moving, group: str, owner: str, config: dict[str, Json]) -> dict[str, Json]:
    """The provider or service with each of its texts as a secret called `__<owner>_<field>`, or as it says itself."""
    mine = {key: text for key, text in moving.inline_secrets.items() if key[:2] == (group, owner)}
    named = config.get("secret_config", {})
    for key in mine:
        del moving.inline_secrets[key]
    if not mine or not isinstance(named, dict):
        return config
    names: dict[str, Json] = {}
    for (_, _, field), text in mine.items():
        given = named.get(field)
        name = given if isinstance(given, str) and given else f"__{owner}_{field}"
        names[field], moving.secrets[name] = name, text
    return {**config, "secret_config": {**named, **names}}


def check_all_used(moving: Moving) -> None:
    """A text whose provider or service is not there would be lost."""
    for group, owner, field in moving.inline_secrets:
        moving.problems.add(FILE, f"{group}.{owner}.{field}", f"there is no {group}/{owner} that it belongs to")
