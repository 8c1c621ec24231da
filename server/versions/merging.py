"""What two people made of the same files, put together file by file."""

from __future__ import annotations

from server.apps.source import Tree


class BothChanged(Exception):
    """Files that both changed, each in another way; the message names them."""


def merged(base: Tree, ours: Tree, theirs: Tree) -> Tree:
    """Theirs with what we changed of the base. Raises BothChanged."""
    paths = base.keys() | ours.keys() | theirs.keys()
    ours_changed = {path for path in paths if ours.get(path) != base.get(path)}
    both = [
        path
        for path in sorted(ours_changed)
        if theirs.get(path) != base.get(path) and theirs.get(path) != ours.get(path)
    ]
    if both:
        raise BothChanged(", ".join(both))
    found = {path: (ours if path in ours_changed else theirs).get(path) for path in sorted(paths)}
    return {path: content for path, content in found.items() if content is not None}
