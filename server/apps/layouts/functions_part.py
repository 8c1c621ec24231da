"""Functions: a folder each in older layouts, a file each and one `config.json` in the current one (contract 4.1)."""

from __future__ import annotations

import re

from server.apps.layouts.moving import Moving
from server.apps.strict_json import Json

_CONFIG = "functions/config.json"
_OLDER_SOURCE = re.compile(r"functions/((?!(?:.*/)?node_modules/).+)/source\.(js|ts)")
_OLDER_CONFIG = re.compile(r"functions/((?!(?:.*/)?node_modules/).+)/config\.json")
_SOURCE = re.compile(r"functions/((?!(?:.*/)?node_modules/).+)(?<!\.d)(?<!\.test)\.(js|ts)")


def to_current(moving: Moving) -> None:
    """`functions/<name>.js` and an entry in `functions/config.json` for each folder with a source."""
    entries: list[Json] = []
    for match in list(moving.matching(_OLDER_SOURCE)):
        older, name, suffix = match[0], match[1], match[2]
        file = f"functions/{name}.{suffix}"
        moving.put(file, moving.take(older), older)
        moving.came_from(file, "", older)
        config = f"functions/{name}/config.json"
        entry = _entry(moving, config, name) if moving.has(config) else None
        if entry is not None and entry.keys() != {"name"}:
            moving.came_from(_CONFIG, str(len(entries)), config)
            entries.append(entry)
    for match in list(moving.matching(_OLDER_CONFIG)):
        moving.problems.add(match[0], "", "there is no source.js beside it")
    if entries:
        moving.put_json(_CONFIG, entries, "functions")


def _entry(moving: Moving, config: str, name: str) -> dict[str, Json] | None:
    """The function's entry; its name is that of the folder."""
    entry = moving.take_object(config)
    if entry is None or "name" not in entry:
        return None if entry is None else {"name": name, **entry}
    if entry["name"] != name:
        moving.problems.add(config, "name", f"{entry['name']!r} stands in a folder of another name")
    return entry


def to_older(moving: Moving) -> None:
    """A folder for each function; one without an entry gets one that says its name only."""
    entries = _entries(moving)
    for match in list(moving.matching(_SOURCE)):
        file, name, suffix = match[0], match[1], match[2]
        moving.put(f"functions/{name}/source.{suffix}", moving.take(file), file)
        moving.put_json(f"functions/{name}/config.json", entries.pop(name, {"name": name}), file)
    for name in entries:
        moving.problems.add(_CONFIG, name, f"there is no functions/{name}.js")


def _entries(moving: Moving) -> dict[str, Json]:
    tree = moving.take_json(_CONFIG) if moving.has(_CONFIG) else []
    if tree is not None and not isinstance(tree, list):
        moving.problems.add(_CONFIG, "", "the file has to hold an array")
    entries: dict[str, Json] = {}
    for index, entry in enumerate(tree if isinstance(tree, list) else []):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or name in entries:
            moving.problems.add(_CONFIG, f"{index}.name", "has to be a name that no other function has")
        else:
            entries[name] = entry
    return entries
