"""The values of an app folder, secrets looked up (contract 9.2)."""

from __future__ import annotations

from server.apps.manifest import ValueFile
from server.apps.model import ValueDefinition
from server.apps.names import why_not_value
from server.apps.reading import Reading


def read_values(reading: Reading) -> dict[str, ValueDefinition]:
    """All values by name; the file's name carries no meaning."""
    values: dict[str, ValueDefinition] = {}
    for file in reading.files.files("values", ".json"):
        entry = reading.manifest(file, ValueFile)
        if entry is None:
            continue
        if why := why_not_value(entry.name):
            reading.problem(file, "name", why)
        if entry.name in values:
            reading.problem(file, "name", f"the value {entry.name!r} appears twice")
        values[entry.name] = _value(reading, file, entry)
    return values


def _value(reading: Reading, file: str, entry: ValueFile) -> ValueDefinition:
    if not entry.from_secret:
        return ValueDefinition(name=entry.name, value=entry.value)
    if not isinstance(entry.value, str):
        reading.problem(file, "value", "with from_secret, the value is the name of a secret")
        return ValueDefinition(name=entry.name, value=None)
    text = reading.secret(file, "value", entry.value)
    return ValueDefinition(name=entry.name, value=text, secret_name=entry.value)
