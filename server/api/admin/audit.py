"""The security events of an app: what happened to accounts and sessions, and what administrators did to both."""

from __future__ import annotations

from typing import Annotated

import orjson
from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response, request

from server.admin.access import Power
from server.admin.audit import audit_page
from server.admin.query import number
from server.api.admin.answers import audit as answers
from server.api.admin.asking import APP, asked_app
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import json_response
from server.errors import AppError, ErrorCode
from server.login_records import AuditEvent
from server.store.audit import MAX_ENTRIES

admin_audit = Blueprint("admin_audit", __name__)


class AuditSought(BaseModel):
    """Which entries: those that meet all parameters."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    user_id: str = ""
    """Of one user."""
    event: str = ""
    """Of these events, between commas."""
    skip: Annotated[int, Field(ge=0, lt=10**9)] = 0
    """Without the newest so many."""
    limit: Annotated[int, Field(ge=0, lt=10**9)] = MAX_ENTRIES
    """At most so many, of a page's 100."""


@admin_audit.get(f"{APP}/audit")
@Operation(Power.LOGS, answer=list[answers.AuditEntry], query=AuditSought)
async def list_audit(group_id: str, internal_id: str) -> Response:
    """Security events, newest first, a page of 100; `user_id` and `event` choose, `skip` turns the page."""
    asked = await asked_app(group_id, internal_id)
    page = await audit_page(
        services().calls.store, asked.app_id, user_id=request.args.get("user_id") or None, events=_events(),
        skip=number(request.args, "skip", 0), limit=number(request.args, "limit", MAX_ENTRIES),
    )  # fmt: skip
    return json_response(orjson.dumps(page))


def _events() -> set[AuditEvent]:
    try:
        return {AuditEvent(name) for name in request.args.get("event", "").split(",") if name}
    except ValueError as error:
        known = ", ".join(event.value for event in AuditEvent)
        raise AppError(ErrorCode.INVALID_PARAMETER, f"'event': {error}; there are {known}") from None
