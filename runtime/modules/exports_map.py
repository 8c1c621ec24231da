"""The `exports` and `imports` maps of a package.json (Node's documentation, "Packages")."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def entry_of(exports: Json, subpath: str, conditions: AbstractSet[str]) -> str | None:
    """The file that `subpath` (`.` or `./...`) leads to, as the map writes it; None where it leads nowhere."""
    if isinstance(exports, dict) and any(key.startswith(".") for key in exports):
        return _match(exports, subpath, conditions)
    return _target(exports, "", conditions) if subpath == "." else None


def import_of(imports: Json, name: str, conditions: AbstractSet[str]) -> str | None:
    """What `#name` leads to: a file of the package, or the name of another package; None where it leads nowhere."""
    return _match(imports, name, conditions) if isinstance(imports, dict) else None


def _match(mapping: dict[str, Json], name: str, conditions: AbstractSet[str]) -> str | None:
    if name in mapping and "*" not in name:
        return _target(mapping[name], "", conditions)
    for pattern in sorted((key for key in mapping if key.count("*") == 1), key=_specificity):
        before, after = pattern.split("*")
        if name.startswith(before) and name.endswith(after) and len(name) >= len(pattern):
            return _target(mapping[pattern], name[len(before) : len(name) - len(after)], conditions)
    return None


def _specificity(pattern: str) -> tuple[int, int]:
    """Node's order: the longer text before the star first, then the longer pattern."""
    return -pattern.index("*"), -len(pattern)


def _is_sound(target: Json) -> bool:
    """A list's members that are no files of the package are passed over."""
    return not isinstance(target, str) or target.startswith("./")


def _target(target: Json, stem: str, conditions: AbstractSet[str]) -> str | None:
    match target:
        case str():
            return target.replace("*", stem) if stem else target
        case dict():
            chosen = (_target(value, stem, conditions) for key, value in target.items() if key in conditions)
        case list():
            chosen = (_target(value, stem, conditions) for value in target if _is_sound(value))
        case _:
            return None
    return next((found for found in chosen if found is not None), None)
