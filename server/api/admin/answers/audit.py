"""What the Admin API answers of security events."""

from __future__ import annotations

from server.api.admin.answers.closed import Closed


class AuditEntry(Closed):
    """A security event; its moment in ISO 8601."""

    _id: str
    at: str
    event: str
    user_id: str | None
    provider: str | None
    address: str
    error_code: str | None
    detail: str
