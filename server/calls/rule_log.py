"""What the authors' log says of operations on documents that the rules refused."""

from __future__ import annotations

from datetime import UTC, datetime

from server.auth.ids import new_id
from server.causes import current_cause
from server.context.deployment import Deployment
from server.documents.operation import Operation
from server.records import Caller, LogEntry
from server.request_id import request_id
from server.rules.refusals import RuleRefused


def refusal_entry(
    deployment: Deployment,
    caller: Caller,
    service: str,
    operation: Operation,
    refusal: RuleRefused,
    started_at: datetime,
) -> LogEntry:
    """The entry that names the role and the reason, which the caller is not told."""
    return LogEntry(
        id=new_id(),
        app_id=deployment.app.app_id,
        type="SERVICE_FUNCTION",
        function_name=f"{service}.{operation.action}",
        user_id=caller.user.id if caller.user else None,
        error=deployment.personal.without_values(f"{operation.database}.{operation.collection}: {refusal.explanation}"),
        error_code=refusal.code.value,
        messages=(),
        started_at=started_at,
        completed_at=datetime.now(UTC),
        co_id=request_id(),
        cause=current_cause(),
    )
