"""What two people made of the same files, put together: file by file, and within files that hold several objects."""

from __future__ import annotations

from server.apps.source import Tree
from server.versions.entries import KEYS, Entries, entries_of, file_of

CONFIG = "functions/config.json"


class BothChanged(Exception):
    """Files or objects that both changed, each in another way; the message names them."""


def merged(base: Tree, ours: Tree, theirs: Tree) -> Tree:
    """Theirs with what we changed of the base. Raises BothChanged.

    A function is its source and its entry together: who changes the one has not seen what another makes of the other.
    """
    both = _functions_both_changed(base, ours, theirs)
    found: dict[str, bytes | None] = {}
    for path in sorted(base.keys() | ours.keys() | theirs.keys()):
        try:
            found[path] = _merged_file(path, base.get(path), ours.get(path), theirs.get(path))
        except BothChanged as error:
            both.append(str(error))
    if both:
        raise BothChanged(", ".join(dict.fromkeys(both)))
    return {path: content for path, content in found.items() if content is not None}


def _merged_file(path: str, base: bytes | None, ours: bytes | None, theirs: bytes | None) -> bytes | None:
    if ours == base:
        return theirs
    if theirs in (base, ours):
        return ours
    name = _function_of(path)
    if path not in KEYS:
        raise BothChanged(f"function {name}" if name else path)
    before, mine, others = (entries_of(path, content) for content in (base, ours, theirs))
    if before is None or mine is None or others is None:
        raise BothChanged(path)
    return file_of(path, _merged_entries(path, before, mine, others))


def _merged_entries(path: str, base: Entries, ours: Entries, theirs: Entries) -> Entries:
    """In the order of theirs; what we added stands at the end."""
    changed = [key for key in {**base, **ours} if ours.get(key) != base.get(key)]
    both = [key for key in changed if theirs.get(key) not in (base.get(key), ours.get(key))]
    if both:
        what = "function" if path == CONFIG else f"{path}:"
        raise BothChanged(", ".join(f"{what} {key}" for key in both))
    kept = {key: entry for key, entry in theirs.items() if key not in changed or key in ours}
    return kept | {key: ours[key] for key in changed if key in ours}


def _functions_both_changed(base: Tree, ours: Tree, theirs: Tree) -> list[str]:
    names = {name for tree in (base, ours, theirs) for name in _function_names(tree)}
    units = [(name, *(_function(tree, name) for tree in (base, ours, theirs))) for name in sorted(names)]
    return [
        f"function {name}" for name, before, mine, others in units if mine != before and others not in (before, mine)
    ]


def _function(tree: Tree, name: str) -> tuple[object, bytes | None]:
    """Its entry and its source."""
    return (entries_of(CONFIG, tree.get(CONFIG)) or {}).get(name), tree.get(f"functions/{name}.js")


def _function_names(tree: Tree) -> set[str]:
    return {name for path in tree if (name := _function_of(path))} | set(entries_of(CONFIG, tree.get(CONFIG)) or {})


def _function_of(path: str) -> str:
    """The function whose source stands there; empty where none does."""
    is_source = path.startswith("functions/") and path.endswith(".js") and "/node_modules/" not in path
    return path.removeprefix("functions/").removesuffix(".js") if is_source else ""
