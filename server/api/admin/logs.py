"""The logs of an app, searched page by page or followed (contract 12.5)."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import orjson
from pydantic import BaseModel, ConfigDict, Field
from quart import Blueprint, Response, request

from server.admin.access import Power
from server.admin.log_question import LONGEST_SOUGHT, answer_logs
from server.api.admin.answers import runs as answers
from server.api.admin.asking import APP, asked_app
from server.api.admin.operations import Operation
from server.api.services import services
from server.api.wire import json_response
from server.store.logs import MAX_LOGS

admin_logs = Blueprint("admin_logs", __name__)
Count: TypeAlias = Annotated[int, Field(ge=0, lt=10**15)]
Moment: TypeAlias = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class LogsSought(BaseModel):
    """Which entries: those that meet all parameters."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    co_id: str = ""
    """Of one request: what the `link` of a client's error carries."""
    user_id: str = ""
    """Of one user: id, or the address of a user who logs in with one."""
    function_name: str = ""
    """Of one function."""
    provider: str = ""
    """Logins by one provider."""
    type: str = ""
    """Of these types, between commas."""
    status: Literal["", "ok", "error"] = ""
    """Whether there was an error."""
    errors_only: str = ""
    """With any value: those with an error."""
    error: Annotated[str, Field(max_length=LONGEST_SOUGHT)] = ""
    """Whose error has this text in it, or in its code, without regard to case."""
    start_date: Moment = ""
    """That began at this moment or later."""
    end_date: Moment = ""
    """That began at this moment or earlier."""
    limit: Count = MAX_LOGS
    """At most so many, of a page's 100."""
    skip: Count = 0
    """Without the first so many."""
    after: Annotated[str, Field(pattern=r"^[0-9]{0,15}$")] = ""
    """That were kept after the entry of this `cursor`, oldest first."""


@admin_logs.get(f"{APP}/logs")
@Operation(Power.LOGS, answer=answers.Logs, query=LogsSought)
async def list_logs(group_id: str, internal_id: str) -> Response:
    """Log entries, newest first, a page of 100; with `after`, those kept since then, oldest first."""
    asked = await asked_app(group_id, internal_id)
    page = await answer_logs(services().calls.store, asked.app_id, request.args.to_dict())
    return json_response(orjson.dumps(page))
