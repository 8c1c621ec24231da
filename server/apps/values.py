"""The values of an app folder, secrets looked up (contract 9.2)."""

from __future__ import annotations

from collections.abc import Mapping

from server.apps.manifest import ValueFile
from server.apps.model import ValueDefinition
from server.apps.names import why_not_value
from server.apps.policy import SecretHandle
from server.apps.reading import Reading


def read_values(reading: Reading, handles: Mapping[str, SecretHandle]) -> dict[str, ValueDefinition]:
    """All values by name; the file's name carries no meaning. A secret with a handle is its placeholder."""
    values: dict[str, ValueDefinition] = {}
    for file in reading.files.files("values", ".json"):
        entry = reading.manifest(file, ValueFile)
        if entry is None:
            continue
        if why := why_not_value(entry.name):
            reading.problem(file, "name", why)
        if entry.name in values:
            reading.problem(file, "name", f"the value {entry.name!r} appears twice")
        values[entry.name] = _value(reading, file, entry, handles)
    return values


def _value(reading: Reading, file: str, entry: ValueFile, handles: Mapping[str, SecretHandle]) -> ValueDefinition:
    if not entry.from_secret:
        return ValueDefinition(name=entry.name, value=entry.value)
    if not isinstance(entry.value, str):
        reading.problem(file, "value", "with from_secret, the value is the name of a secret")
        return ValueDefinition(name=entry.name, value=None)
    if entry.value in handles:
        return ValueDefinition(name=entry.name, value=handles[entry.value].placeholder)
    text = reading.secret(file, "value", entry.value)
    return ValueDefinition(name=entry.name, value=text, secret_name=entry.value)
