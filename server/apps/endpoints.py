"""The HTTPS endpoints of an app folder (contract 6)."""

from __future__ import annotations

from collections.abc import Mapping

from server.apps.manifest import EndpointEntry
from server.apps.model import Endpoint, Function
from server.apps.reading import Reading
from server.apps.sources import known_function

ENDPOINT_FILES = ("http_endpoints/config.json", "https_endpoints/config.json")
"""Both names occur in exports."""
_NO_SECRET = "NO_VALIDATION"  # noqa: S105 - a validation method


def read_endpoints(reading: Reading, functions: Mapping[str, Function]) -> tuple[Endpoint, ...]:
    """All endpoints in the order of the file; a route and a method make one."""
    endpoints: dict[tuple[str, str], Endpoint] = {}
    for file in filter(reading.files.has, ENDPOINT_FILES):
        for place, entry in reading.manifests(file, EndpointEntry):
            key = (entry.route, entry.http_method)
            if key in endpoints:
                reading.problem(file, f"{place}.route", f"the endpoint {entry.http_method} {entry.route} appears twice")
            known_function(reading, functions, file, f"{place}.function_name", entry.function_name)
            endpoints[key] = _endpoint(reading, file, place, entry)
    return tuple(endpoints.values())


def _endpoint(reading: Reading, file: str, place: str, entry: EndpointEntry) -> Endpoint:
    secret = None
    if entry.validation_method != _NO_SECRET and not entry.disabled:
        secret = reading.secret(file, f"{place}.secret_name", entry.secret_name)
        if entry.secret_name in reading.secrets and not secret:
            reading.problem(file, f"{place}.secret_name", f"the secret {entry.secret_name!r} is empty")
    return Endpoint(
        route=entry.route,
        http_method=entry.http_method,
        function_name=entry.function_name,
        validation_method=entry.validation_method,
        secret=secret,
        respond_result=entry.respond_result,
        return_type=entry.return_type,
        fetch_custom_user_data=entry.fetch_custom_user_data,
        create_user_on_auth=entry.create_user_on_auth,
        disabled=entry.disabled,
    )
