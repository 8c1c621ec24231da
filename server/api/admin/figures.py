"""What calls of an app cost, live."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import orjson
from quart import Blueprint, Response, request

from server.admin.access import Power
from server.admin.figures import show_figures, since
from server.admin.objects.storage import JsonObject
from server.api.admin.asking import APP, asked_app
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import json_response
from server.errors import AppError, ErrorCode

admin_figures = Blueprint("admin_figures", __name__)
MINUTES = {"5": 5, "15": 15, "60": 60}
"""Spans that can be asked for."""


@admin_figures.get(f"{APP}/metrics")
@Operation(Power.READ, answer=JsonObject)
async def show_metrics(group_id: str, internal_id: str) -> Response:
    """Calls, errors, latency and memory of the last 5 `minutes`, 15 or 60: in even steps of time, and by function."""
    asked = await asked_app(group_id, internal_id)
    minutes = MINUTES.get(request.args.get("minutes", "5"))
    if minutes is None:
        raise AppError(ErrorCode.INVALID_PARAMETER, "'minutes' must be 5, 15 or 60")
    now = datetime.now(UTC)
    found = await services().calls.store.call_figures(asked.app_id, since=since(now, minutes))
    return json_response(orjson.dumps(await asyncio.to_thread(show_figures, found, end=now, minutes=minutes)))
