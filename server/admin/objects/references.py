"""Ids in bodies, names in files: the Admin API refers to functions and services by id (contract 12.3)."""

from __future__ import annotations

from collections.abc import Mapping

from server.admin.objects.storage import Json, JsonObject
from server.apps.ids import derived_id

REFERENCES: Mapping[str, tuple[str, str]] = {
    "authFunctionId": ("authFunctionName", "functions"),
    "resetFunctionId": ("resetFunctionName", "functions"),
    "confirmationFunctionId": ("confirmationFunctionName", "functions"),
    "function_id": ("function_name", "functions"),
    "on_user_creation_function_id": ("on_user_creation_function_name", "functions"),
    "mongo_service_id": ("mongo_service_name", "services"),
    "service_id": ("service_name", "services"),
}
"""The field that holds an id, the field that holds the name, and the kind of object."""
_IDS = {name: (id_, kind) for id_, (name, kind) in REFERENCES.items()}


class UnknownReference(ValueError):
    """A body refers to an object that the app does not have; the message names the field."""


def object_id(app_id: str, kind: str, key: str) -> str:
    """The id of an object: the same as long as it keeps its name, on every machine."""
    return derived_id(app_id, kind, key)


def with_names(value: Json, names: Mapping[tuple[str, str], str]) -> Json:
    """The body with names in the place of ids; `names` maps kind and id to the name. Raises UnknownReference."""
    if isinstance(value, list):
        return [with_names(element, names) for element in value]
    if not isinstance(value, dict):
        return value
    named: JsonObject = {}
    for field, content in value.items():
        if field not in REFERENCES:
            named[field] = with_names(content, names)
        elif content:
            name, kind = REFERENCES[field]
            found = names.get((kind, str(content)))
            if found is None:
                raise UnknownReference(f"'{field}' is the id of no object of this app")
            named[name] = found
    return named


def with_ids(value: Json, app_id: str) -> Json:
    """The object with ids beside the names."""
    if isinstance(value, list):
        return [with_ids(element, app_id) for element in value]
    if not isinstance(value, dict):
        return value
    shown: JsonObject = {}
    for field, content in value.items():
        shown[field] = with_ids(content, app_id)
        if field in _IDS and content:
            id_field, kind = _IDS[field]
            shown[id_field] = object_id(app_id, kind, str(content))
    return shown
