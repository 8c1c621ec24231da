"""An OpenTelemetry collector on loopback: takes OTLP over HTTP and reads it with the protocol's own classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.loopback import Quiet, listening


@dataclass(slots=True)
class Collected:
    """What came, in order; `refusals` is how many requests are still to be answered with 503."""

    url: str = ""
    refusals: int = 0
    logs: list[LogRecord] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    services: set[str] = field(default_factory=set)
    requests: int = 0

    def take(self, path: str, body: bytes) -> None:
        """One request."""
        if path == "/v1/logs":
            for of_logs in ExportLogsServiceRequest.FromString(body).resource_logs:
                self.services.add(str(attributes(of_logs.resource.attributes)["service.name"]))
                self.logs += [one for scope in of_logs.scope_logs for one in scope.log_records]
        elif path == "/v1/traces":
            for of_spans in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.spans += [one for scope in of_spans.scope_spans for one in scope.spans]


def attributes(pairs: Iterable[KeyValue]) -> dict[str, object]:
    """Attributes by name."""
    return {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in pairs}


@contextmanager
def collector(*, refusals: int = 0) -> Iterator[Collected]:
    """A collector until the end of the block."""
    collected = Collected(refusals=refusals)

    class Handler(Quiet):
        """Takes what it is sent."""

        def respond(self) -> None:
            """Take it, or be busy."""
            body = self.read_body()
            collected.requests += 1
            is_busy = collected.refusals > 0
            if is_busy:
                collected.refusals -= 1
            else:
                collected.take(self.path, body)
            self.answer(503 if is_busy else 200)

    with listening(Handler) as port:
        collected.url = f"http://127.0.0.1:{port}"
        yield collected
