"""Which exports of the authors' logs the settings want."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from server.exports.export import LogExport, Sink
from server.exports.json_lines import JsonLines
from server.settings import Settings, SettingsError


def wanted_exports(settings: Settings) -> Iterator[LogExport]:
    """Not yet begun. Raises SettingsError where the package that one needs is not installed."""
    if settings.export_logs == "stdout":
        yield LogExport(JsonLines(sys.stdout.fileno()))
    if settings.otlp_endpoint:
        yield LogExport(_collector(settings.otlp_endpoint))


def _collector(endpoint: str) -> Sink:
    try:
        from server.exports.otlp import Collector  # noqa: PLC0415 - an extra, loaded only where it is wanted
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("opentelemetry"):
            raise
        text = "otlp_endpoint: OpenTelemetry is not installed: pip install 'vestibule[opentelemetry]'"
        raise SettingsError(text) from error
    return Collector(endpoint)
