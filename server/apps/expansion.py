"""`%(%%environment.values.x)` in settings: expanded once, when an app is read (contract 9.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from server.apps.strict_json import Json

_EXPANSION = re.compile(r"%\(%%environment\.values\.([^()%]+)\)")


class ExpansionError(ValueError):
    """An expansion names no value of the environment, or a value that is not text amid other text."""


def expand(tree: Json, values: Mapping[str, Json], refuse: Callable[[str, str], None], path: str = "") -> Json:
    """The tree with its strings expanded; keys stay. `refuse(path, message)` is told of what cannot be."""
    match tree:
        case str():
            try:
                return _expand_text(tree, values)
            except ExpansionError as error:
                refuse(path, str(error))
                return tree
        case list() | dict():
            expanded = {key: expand(child, values, refuse, f"{path}.{key}".lstrip(".")) for key, child in _items(tree)}
            return list(expanded.values()) if isinstance(tree, list) else {str(k): v for k, v in expanded.items()}
        case _:
            return tree


def _items(tree: list[Json] | dict[str, Json]) -> Iterator[tuple[str | int, Json]]:
    yield from tree.items() if isinstance(tree, dict) else enumerate(tree)


def _expand_text(text: str, values: Mapping[str, Json]) -> Json:
    """A string that is one expansion becomes the value itself, of whatever type."""
    if whole := _EXPANSION.fullmatch(text):
        return _value(whole[1], values)
    return _EXPANSION.sub(lambda found: _text(found[1], values), text)


def _value(name: str, values: Mapping[str, Json]) -> Json:
    if name not in values:
        raise ExpansionError(f"the environment has no value {name!r}")
    return values[name]


def _text(name: str, values: Mapping[str, Json]) -> str:
    value = _value(name, values)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ExpansionError(f"the environment's value {name!r} is not text")
    return str(value)
