"""The logs of an app, searched page by page or followed (contract 12.5)."""

from __future__ import annotations

import orjson
from quart import Blueprint, Response, request

from server.admin.access import Power
from server.admin.log_question import answer_logs
from server.api.admin import answers
from server.api.admin.asking import APP, asked_app
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import json_response

admin_logs = Blueprint("admin_logs", __name__)


@admin_logs.get(f"{APP}/logs")
@Operation(Power.LOGS, answer=answers.Logs)
async def list_logs(group_id: str, internal_id: str) -> Response:
    """Log entries, newest first, a page of 100; with `after`, those kept since then, oldest first."""
    asked = await asked_app(group_id, internal_id)
    page = await answer_logs(services().calls.store, asked.app_id, request.args.to_dict())
    return json_response(orjson.dumps(page))
