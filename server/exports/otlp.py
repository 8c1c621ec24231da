"""Log entries as OTLP log records, and calls and logins as spans, for a collector; needs the extra `opentelemetry`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context
from opentelemetry.trace.status import Status, StatusCode

from server.auth.ids import is_id
from server.records import LogEntry

SCOPE: Final = InstrumentationScope("vestibule")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)


class Collector:
    """A sink; what operators set in `OTEL_*` variables (headers, certificates, compression) holds for it, too."""

    name = "the OpenTelemetry collector"

    def __init__(self, endpoint: str) -> None:
        self._logs = OTLPLogExporter(f"{endpoint}/v1/logs")
        self._spans = OTLPSpanExporter(f"{endpoint}/v1/traces")
        named = Resource({"service.name": "vestibule"})
        self._resource = named.merge(OTELResourceDetector().detect())

    def write(self, entries: Sequence[LogEntry]) -> int:
        """Tries again for some seconds where the collector is busy or not there."""
        records = [log_record(entry, self._resource) for entry in entries]
        if self._logs.export(records) is not LogRecordExportResult.SUCCESS:
            return len(entries)
        spans = [span(entry, self._resource) for entry in entries]
        if spans and self._spans.export(spans) is not SpanExportResult.SUCCESS:
            return len(spans)
        return 0

    def close(self) -> None:
        """Ends the connections."""
        self._logs.shutdown()  # type: ignore[no-untyped-call]
        self._spans.shutdown()  # type: ignore[no-untyped-call]


def log_record(entry: LogEntry, resource: Resource) -> ReadableLogRecord:
    """What was printed and how it ended, at the place of its call in the request's trace."""
    failed = entry.error is not None
    lines = (*entry.messages, *((entry.error,) if entry.error is not None else ()))
    record = LogRecord(
        timestamp=_nanoseconds(entry.completed_at),
        observed_timestamp=_nanoseconds(entry.completed_at),
        context=set_span_in_context(NonRecordingSpan(_place(entry)), Context()),
        severity_number=SeverityNumber.ERROR if failed else SeverityNumber.INFO,
        severity_text="ERROR" if failed else "INFO",
        body=_text("\n".join(lines)),
        attributes=_attributes(entry),
    )
    return ReadableLogRecord(record, resource, SCOPE)


def span(entry: LogEntry, resource: Resource) -> ReadableSpan:
    """The call of a function, or a login; below what led to it."""
    failed = entry.error is not None
    return ReadableSpan(
        name=_text(entry.function_name or entry.auth_event or entry.type),
        context=_place(entry),
        parent=None if entry.cause is None else _placed(entry.cause.trace, entry.cause.entry),
        resource=resource,
        attributes=_attributes(entry),
        kind=SpanKind.SERVER if entry.cause is None else SpanKind.INTERNAL,
        status=Status(StatusCode.ERROR, _text((entry.error or "").partition("\n")[0])) if failed else Status(),
        start_time=_nanoseconds(entry.started_at),
        end_time=_nanoseconds(entry.completed_at),
        instrumentation_scope=SCOPE,
    )


def _place(entry: LogEntry) -> SpanContext:
    return _placed(entry.cause.trace if entry.cause is not None else entry.co_id or entry.id, entry.id)


def _placed(trace: str, entry: str) -> SpanContext:
    """The request's id, behind zeros, is its trace's: who has one finds the other."""
    trace_id = int(trace, 16) if is_id(trace) else _hash(trace, 16)
    return SpanContext(trace_id, _hash(entry, 8), is_remote=False, trace_flags=_SAMPLED)


def _hash(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size])


def _attributes(entry: LogEntry) -> Mapping[str, str | int | float]:
    """Names of OpenTelemetry's conventions where it has them, else `vestibule.*`; without those that say nothing."""
    known: dict[str, str | int | float | None] = {
        "vestibule.app": entry.app_id,
        "vestibule.entry": entry.id,
        "vestibule.type": entry.type,
        "vestibule.request": entry.co_id or None,
        "vestibule.status": "ok" if entry.error is None else "error",
        "vestibule.provider": entry.provider_type,
        "vestibule.arguments": entry.arguments,
        "faas.name": entry.function_name,
        "user.id": entry.user_id,
        "client.address": entry.remote_ip_address or None,
        "error.type": entry.error_code,
    }
    if entry.stats is not None:
        known |= {
            "vestibule.guest_seconds": entry.stats.guest_time,
            "vestibule.memory_bytes": entry.stats.memory,
            "vestibule.host_calls": entry.stats.host_calls,
        }
    return {
        name: _text(value) if isinstance(value, str) else value for name, value in known.items() if value is not None
    }


def _text(text: str) -> str:
    """Without lone surrogates, which protobuf has no place for and guests may print."""
    return text.encode(errors="replace").decode()


def _nanoseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
