"""Files that hold several objects: their entries by what makes each itself, and the file again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

from server.apps.strict_json import Json, JsonError, dump, parse

Entries: TypeAlias = dict[str, Json]
"""The entries by their keys, in the order of the file."""
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "auth/providers.json": (),
    "functions/config.json": ("name",),
    "http_endpoints/config.json": ("route", "http_method"),
}
"""Which fields of an array's entries make each itself; none where the file is an object that has them by name."""


def entries_of(path: str, content: bytes | None) -> Entries | None:
    """The entries of one of these files, none of a file that is not there; None where it has another form."""
    try:
        value = parse((content or (b"[]" if KEYS[path] else b"{}")).decode())
    except (JsonError, UnicodeDecodeError):
        return None
    if not KEYS[path]:
        return value if isinstance(value, dict) else None
    if not isinstance(value, list):
        return None
    found = {_key(path, entry): entry for entry in value}
    return found if len(found) == len(value) and "" not in found else None


def file_of(path: str, entries: Entries) -> bytes:
    """The file with these entries."""
    return dump(list(entries.values()) if KEYS[path] else entries)


def _key(path: str, entry: Json) -> str:
    """Empty where the entry lacks a field that makes it itself."""
    if not isinstance(entry, dict) or not all(isinstance(entry.get(field), str) for field in KEYS[path]):
        return ""
    return " ".join(str(entry[field]) for field in reversed(KEYS[path]))
