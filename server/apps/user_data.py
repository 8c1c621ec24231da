"""The custom user data settings of an app folder (contract 7.6)."""

from __future__ import annotations

from collections.abc import Mapping

from server.apps.auth_files import CustomUserDataFile
from server.apps.authentication import CustomUserData
from server.apps.model import DataSource, Function
from server.apps.reading import Reading
from server.apps.sources import known_function

_FILE = "auth/custom_user_data.json"


def read_custom_user_data(
    reading: Reading, functions: Mapping[str, Function], data_sources: Mapping[str, DataSource]
) -> CustomUserData:
    """The settings; where enabled, they have to say which field of which collection names the user."""
    entry = reading.manifest(_FILE, CustomUserDataFile) if reading.files.has(_FILE) else None
    if entry is None:
        return CustomUserData()
    creation_function = entry.on_user_creation_function_name or None
    if creation_function:
        known_function(reading, functions, _FILE, "on_user_creation_function_name", creation_function)
    if entry.enabled:
        _check_place(reading, entry, data_sources)
    return CustomUserData(
        enabled=entry.enabled,
        service_name=entry.mongo_service_name,
        database=entry.database_name,
        collection=entry.collection_name,
        user_id_field=entry.user_id_field,
        on_user_creation_function=creation_function,
    )


def _check_place(reading: Reading, entry: CustomUserDataFile, data_sources: Mapping[str, DataSource]) -> None:
    for field in ("database_name", "collection_name", "user_id_field"):
        if not getattr(entry, field):
            reading.problem(_FILE, field, "missing, while custom user data is enabled")
    if entry.mongo_service_name not in data_sources:
        reading.problem(_FILE, "mongo_service_name", f"there is no data source {entry.mongo_service_name!r}")
