"""Auth providers: one file each in older layouts, one file for all in the current one."""

from __future__ import annotations

import re

from server.apps.layouts.inline_secrets import name_secrets
from server.apps.layouts.moving import Moving
from server.apps.strict_json import Json

_FILE = "auth/providers.json"
_OLDER = re.compile(r"auth_providers/([^/]+)\.json")


def to_current(moving: Moving) -> None:
    """`auth/providers.json`, keyed by type."""
    providers: dict[str, Json] = {}
    for match in list(moving.matching(_OLDER)):
        older = match[0]
        provider = moving.take_object(older)
        if provider is None:
            continue
        kind = provider.get("type", match[1])
        key = kind if isinstance(kind, str) else match[1]
        if key in providers:
            moving.problems.add(older, "type", f"there are two providers of type {key!r}")
        providers[key] = name_secrets(moving, "auth_providers", key, provider)
        moving.came_from(_FILE, key, older)
    if providers:
        moving.put_json(_FILE, providers, "auth_providers")


def to_older(moving: Moving) -> None:
    """A file for each provider, called by its type."""
    providers = moving.take_object(_FILE) if moving.has(_FILE) else None
    for key, provider in (providers or {}).items():
        if isinstance(provider, dict):
            moving.put_json(f"auth_providers/{key}.json", provider, _FILE)
        else:
            moving.problems.add(_FILE, key, "has to be an object")
