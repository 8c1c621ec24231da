"""Functions as objects: an entry of `functions/config.json` and a source file (contract 4.3)."""

from __future__ import annotations

from server.admin.objects.storage import ArrayEntries, JsonObject, by_name
from server.apps.source import Tree
from server.apps.sources import is_test

_ENTRIES = ArrayEntries(path="functions/config.json")
_SUFFIXES = (".js", ".ts")


class FunctionFiles:
    """Reads and writes functions with their `source`."""

    def read(self, tree: Tree) -> dict[str, JsonObject]:
        """All functions by name; a source without an entry has the defaults."""
        entries = _ENTRIES.read(tree)
        sources = {name: (path, tree[path]) for path in sorted(tree) for name in _names(path)}
        return {
            name: {"name": name, "private": False, **entries.get(name, {}), "source": content.decode(errors="replace")}
            for name, (_, content) in sources.items()
        }

    def put(self, tree: Tree, key: str | None, value: JsonObject) -> Tree:
        """Entry and source; a function that gets another name leaves nothing under the old one."""
        name, entry = by_name(value), {field: content for field, content in value.items() if field != "source"}
        kept = tree if key is None or key == name else self.delete(tree, key)
        path = _path_of(kept, name) or f"functions/{name}.js"
        source = value.get("source")
        content = str(source).encode("utf-8", "surrogatepass") if source is not None else kept.get(path, b"")
        return {**_ENTRIES.put(kept, name, entry), path: content}

    def delete(self, tree: Tree, key: str) -> Tree:
        """The files without entry and source."""
        gone = _path_of(tree, key)
        return {path: content for path, content in _ENTRIES.delete(tree, key).items() if path != gone}


def _names(path: str) -> tuple[str, ...]:
    """The name of the function that a file holds; none for tests and other files."""
    is_source = path.startswith("functions/") and path.endswith(_SUFFIXES) and not is_test(path)
    is_source = is_source and "/node_modules/" not in path
    return (path.removeprefix("functions/").rpartition(".")[0],) if is_source else ()


def _path_of(tree: Tree, name: str) -> str | None:
    return next((f"functions/{name}{suffix}" for suffix in _SUFFIXES if f"functions/{name}{suffix}" in tree), None)
