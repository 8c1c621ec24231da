"""The parts of an app as its files list them, be they in order or not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from server.apps.endpoints import ENDPOINT_FILES
from server.apps.layouts.origins import Origins
from server.apps.problems import Problem
from server.apps.source import Tree
from server.apps.sources import function_name
from server.doctor.findings import Part, PartKind
from server.doctor.json_lines import line_of, lines_of

_WEBHOOK_DEPTH: Final = 4
_MAIN_FILES: Final = ("config.json", "rules.json")


@dataclass(slots=True, kw_only=True)
class Files:
    """The files of an app in the current layout, and where in the author's own files their content stands."""

    tree: Tree
    older: Tree
    origins: Origins
    _lines: dict[str, dict[str, int]] = field(default_factory=dict)

    def json(self, path: str) -> Any:
        """The JSON of a file; None where there is none, or it is none."""
        try:
            return json.loads(self.tree.get(path, b""))
        except (ValueError, RecursionError):
            return None

    def place(self, path: str, field: str = "") -> tuple[str, int]:
        """The author's file of a dotted path in a file, and the line there; 0 where no line says it."""
        told = self.origins.problem(Problem(file=path, field=field, message=""))
        if not told.file.endswith(".json"):
            return told.file, 0
        if told.file not in self._lines:
            content = self.older.get(told.file, self.tree.get(told.file, b""))
            self._lines[told.file] = lines_of(content.decode(errors="replace"))
        return told.file, line_of(self._lines[told.file], told.field)

    def in_folder(self, folder: str, name: str = "") -> list[str]:
        """The paths below a folder that end as `name`."""
        return sorted(path for path in self.tree if path.startswith(f"{folder}/") and path.endswith(name))

    def part(self, kind: PartKind, name: str, places: tuple[tuple[str, str], ...], runs: str = "") -> Part:
        """A part that stands at the first of its places; of a folder, at its `config.json` or `rules.json`."""
        path, field = places[0]
        if path.endswith("/"):
            path = next(path + name for name in _MAIN_FILES if path + name in self.tree or name == _MAIN_FILES[-1])
        file, line = self.place(path, field)
        return Part(kind=kind, name=name, file=file, line=line, places=places, runs=runs)


def list_parts(files: Files) -> list[Part]:
    """All parts but the app itself, each with the places where more is said of it."""
    return [part for read in _READERS for part in read(files)]


def owner_of(parts: list[Part], file: str, place: str) -> Part:
    """The part that a place in a file belongs to: the one that says it most exactly; else the app, the first of all."""

    def exactness(part: Part) -> int:
        return max((_exactness(owned, file, place) for owned in part.places), default=0)

    best = max(parts, key=exactness)
    return best if exactness(best) else parts[0]


def _exactness(owned: tuple[str, str], file: str, place: str) -> int:
    path, prefix = owned
    fits = file.startswith(path) if path.endswith("/") else file == path
    inside = not prefix or place == prefix or place.startswith(f"{prefix}.")
    return len(path) + len(prefix) if fits and inside else 0


def _functions(files: Files) -> Iterator[Part]:
    config = "functions/config.json"
    entries = {_name(entry): place for place, entry in _entries(files, config)}
    for file in files.in_folder("functions"):
        name = function_name(file)
        if name is not None:
            own = ((config, entries.pop(name)),) if name in entries else ()
            yield files.part(PartKind.FUNCTION, name, ((file, ""), *own))
    for name, place in entries.items():
        yield files.part(PartKind.FUNCTION, name, ((config, place),))


def _triggers(files: Files) -> Iterator[Part]:
    for file in files.in_folder("triggers", ".json"):
        entry = files.json(file)
        runs = _text(entry, "function_name") or _processor(entry)
        yield files.part(PartKind.TRIGGER, _name(entry) or file, ((file, ""),), runs)


def _processor(entry: object) -> str:
    """The function by the later form, `event_processors.FUNCTION.config.function_name`."""
    for step in ("event_processors", "FUNCTION", "config"):
        entry = entry.get(step) if isinstance(entry, dict) else None
    return _text(entry, "function_name")


def _endpoints(files: Files) -> Iterator[Part]:
    for file in ENDPOINT_FILES:
        for place, entry in _entries(files, file):
            name = f"{_text(entry, 'http_method')} {_text(entry, 'route')}".strip()
            yield files.part(PartKind.ENDPOINT, name, ((file, place),), _text(entry, "function_name"))
    for top in ("services", "http_endpoints"):
        for config in files.in_folder(top, "/config.json"):
            if config.count("/") == _WEBHOOK_DEPTH and config.split("/")[2] == "incoming_webhooks":
                yield _webhook(files, config)


def _webhook(files: Files, config: str) -> Part:
    _, service, _, name, _ = config.split("/")
    runs, route = f"services/{service}/incoming_webhooks/{name}", f"/service/{service}/incoming_webhook/{name}"
    return files.part(PartKind.ENDPOINT, route, ((config.removesuffix("config.json"), ""),), runs)


def _rules(files: Files) -> Iterator[Part]:
    for file in files.in_folder("data_sources", ".json"):
        _, source, *rest = file.split("/")
        if rest == ["config.json"]:
            yield files.part(PartKind.DATA_SOURCE, _name(files.json(file)) or source, ((file, ""),))
        elif rest == ["default_rule.json"]:
            yield files.part(PartKind.RULE, f"{source}: default rule", ((file, ""),))
        elif rest[2:] == ["rules.json"]:
            entry, folder = files.json(file), file.removesuffix("rules.json")
            place = f"{_text(entry, 'database') or rest[0]}.{_text(entry, 'collection') or rest[1]}"
            yield files.part(PartKind.RULE, f"{source}: {place}", ((folder, ""),))


def _providers(files: Files) -> Iterator[Part]:
    file = "auth/providers.json"
    providers = files.json(file)
    for name in providers if isinstance(providers, dict) else ():
        yield files.part(PartKind.PROVIDER, name, ((file, name),))


def _values(files: Files) -> Iterator[Part]:
    for file in files.in_folder("values", ".json"):
        yield files.part(PartKind.VALUE, _name(files.json(file)) or file, ((file, ""),))


_READERS: Final[tuple[Callable[[Files], Iterator[Part]], ...]] = (
    _functions, _triggers, _endpoints, _rules, _providers, _values,
)  # fmt: skip


def part_of_app(app_id: str) -> Part:
    """The app itself, to which all belongs that no other part owns."""
    return Part(kind=PartKind.APP, name=app_id, file="")


def _entries(files: Files, file: str) -> list[tuple[str, Any]]:
    entries = files.json(file)
    return [(str(index), entry) for index, entry in enumerate(entries)] if isinstance(entries, list) else []


def _name(entry: object) -> str:
    return _text(entry, "name")


def _text(entry: object, name: str) -> str:
    value = entry.get(name) if isinstance(entry, dict) else None
    return value if isinstance(value, str) else ""
