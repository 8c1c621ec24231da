"""Services as objects: data sources in their folder, others, as older apps have them, in `services` (contract 9.1)."""

from __future__ import annotations

from server.admin.objects.storage import FileEach, JsonObject, by_name
from server.apps.source import Tree

DATA_SOURCES = frozenset({"mongodb-atlas", "mongodb", "datalake"})
"""Types of services that are data sources."""
_SOURCES = FileEach(folder="data_sources", suffix="/config.json")
_OTHERS = FileEach(folder="services", suffix="/config.json")


class ServiceFiles:
    """Reads and writes services with all that stands in their folders."""

    def read(self, tree: Tree) -> dict[str, JsonObject]:
        """All services, data sources first."""
        return {**_OTHERS.read(tree), **_SOURCES.read(tree)}

    def put(self, tree: Tree, key: str | None, value: JsonObject) -> Tree:
        """In the folder of its type; a name that another service has is left alone."""
        storage = _SOURCES if value.get("type") in DATA_SOURCES else _OTHERS
        known = key is None or key in storage.read(tree)
        if by_name(value) != key and by_name(value) in self.read(tree):
            return tree if key is None else self.delete(tree, key)
        return storage.put(tree if known else self.delete(tree, str(key)), key if known else None, value)

    def delete(self, tree: Tree, key: str) -> Tree:
        """The files without the service's folder."""
        return (_SOURCES if key in _SOURCES.read(tree) else _OTHERS).delete(tree, key)


def folder_of(tree: Tree, name: str) -> str | None:
    """The folder of a data source, which need not have its name; None where there is none of that name."""
    path = _SOURCES.path_of(tree, name)
    return path.rpartition("/")[0] if path else None
