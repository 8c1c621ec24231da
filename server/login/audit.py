"""Entries of the audit log, as logins make them."""

from __future__ import annotations

from datetime import UTC, datetime

from server.auth.ids import new_id
from server.login_records import AuditEntry, AuditEvent
from server.records import RequestDescription

LONGEST_DETAIL = 300
"""Characters of a detail that is kept."""


def audit_entry(
    app_id: str,
    event: AuditEvent,
    request: RequestDescription,
    *,
    user_id: str | None = None,
    provider_type: str | None = None,
    error_code: str | None = None,
    detail: str = "",
) -> AuditEntry:
    """What happened, now, by a request from that address; an administrator's is noted with their name."""
    if request.administrator:
        detail = f"by administrator {request.administrator}{f': {detail}' if detail else ''}"
    return AuditEntry(
        id=new_id(), app_id=app_id, at=datetime.now(UTC), event=event, user_id=user_id, provider_type=provider_type,
        address=request.remote_ip_address, error_code=error_code, detail=detail[:LONGEST_DETAIL],
    )  # fmt: skip
