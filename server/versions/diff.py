"""What changes between two versions: files line by line, and powers in words."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from server.apps.source import Tree

MOST_COMPARED = 5000
"""Lines of a file that is compared: the time grows with their square."""
MOST_LINES = 500
"""Lines of one file's difference that are shown."""


def diff_trees(before: Tree, after: Tree) -> list[str]:
    """One text a changed file, in the form of `diff -u`; empty where nothing changes."""
    changed = (path for path in sorted(before.keys() | after.keys()) if before.get(path) != after.get(path))
    return [_diff(path, before.get(path), after.get(path)) for path in changed]


def _diff(path: str, before: bytes | None, after: bytes | None) -> str:
    old, new = _lines(before), _lines(after)
    if old is not None and new is not None and max(len(old), len(new)) > MOST_COMPARED:
        return f"--- {path}\n+++ {path}\n({len(old)} lines before, {len(new)} after: too many to compare)"
    if old is None or new is None:
        return f"--- {path}\n+++ {path}\n(binary: {len(before or b'')} bytes before, {len(after or b'')} after)"
    names = (path if before is not None else "(new)", path if after is not None else "(deleted)")
    lines = list(difflib.unified_diff(old, new, *names, lineterm="", n=3))
    left_out = len(lines) - MOST_LINES
    return "\n".join([*lines[:MOST_LINES], *([f"({left_out} more lines)"] if left_out > 0 else [])])


def _lines(content: bytes | None) -> list[str] | None:
    """None for what is no text."""
    try:
        return (content or b"").decode().splitlines()
    except UnicodeDecodeError:
        return None


def changed_paths(before: Tree, after: Tree) -> Iterator[tuple[str, str]]:
    """Each changed path and whether it was `added`, `deleted` or `modified`."""
    for path in sorted(before.keys() | after.keys()):
        if path not in before:
            yield path, "added"
        elif path not in after:
            yield path, "deleted"
        elif before[path] != after[path]:
            yield path, "modified"
