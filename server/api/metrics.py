"""The metrics, for who holds their token."""

from __future__ import annotations

import hmac

from prometheus_client import CONTENT_TYPE_LATEST
from quart import Blueprint, Response, request

from server.api.services import services
from server.calls.metrics import exposition
from server.errors import AppError, ErrorCode

metrics = Blueprint("metrics", __name__)


@metrics.get("/metrics")
async def show_metrics() -> Response:
    """Everything counted, in Prometheus' text format; without its token the route does not exist."""
    given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
    token = services().metrics_token
    if not token or not hmac.compare_digest(given, b"Bearer " + token.encode()):
        raise AppError(ErrorCode.NOT_FOUND, "not found")
    return Response(exposition(services().registry.functions_of), content_type=CONTENT_TYPE_LATEST)
