"""Whether two trees of files say the same: the check that nothing was lost between two layouts."""

from __future__ import annotations

from typing import TypeAlias

from server.apps.problems import Problems
from server.apps.source import Tree
from server.apps.strict_json import Json, JsonError, parse

_Content: TypeAlias = "bytes | Json"
_FUNCTIONS = "functions/config.json"
_NOTHING_IF_EMPTY = (_FUNCTIONS, "auth/providers.json")


def check_same(before: Tree, after: Tree, layout: str) -> None:
    """Raises AppFolderError that names file and field of everything that one tree has and the other has not."""
    problems = Problems()
    old, new = _meaning(before), _meaning(after)
    for file in sorted(old.keys() | new.keys()):
        if file not in new or file not in old:
            problems.add(file, "", f"the layout {layout} has no place for it")
        elif old[file] != new[file]:
            problems.add(file, _first_difference(old[file], new[file]), f"cannot be written in the layout {layout}")
    problems.raise_if_any()


def _meaning(files: Tree) -> dict[str, _Content]:
    """JSON parsed, its order where it has none left out, and files that say nothing left out."""
    parsed = {path: _parsed(content) if path.endswith(".json") else content for path, content in files.items()}
    entries = parsed.get(_FUNCTIONS)
    if isinstance(entries, list):
        parsed[_FUNCTIONS] = _by_name(entries)
    return {path: content for path, content in parsed.items() if content or not _may_be_left_out(path)}


def _may_be_left_out(path: str) -> bool:
    return path in _NOTHING_IF_EMPTY or (path.startswith("data_sources/") and path.endswith("/rules.json"))


def _by_name(entries: list[Json]) -> Json:
    """Entries that say more than a name; their order has no meaning."""
    named = {str(entry.get("name")): entry for entry in entries if isinstance(entry, dict)}
    return {name: entry for name, entry in named.items() if entry.keys() != {"name"}}


def _parsed(content: bytes) -> _Content:
    try:
        return parse(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, JsonError):
        return content


def _first_difference(old: _Content, new: _Content) -> str:
    """The dotted path of the first field that differs."""
    if isinstance(old, dict) and isinstance(new, dict):
        keys = [*old, *(key for key in new if key not in old)]
        differing = [key for key in keys if key not in old or key not in new or old[key] != new[key]]
        if differing:
            key = differing[0]
            return ".".join(filter(None, (key, _first_difference(old.get(key), new.get(key)))))
    return ""
