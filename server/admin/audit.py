"""The security events of an app as administrators read them."""

from __future__ import annotations

from collections.abc import Collection

from server.admin.moments import iso
from server.admin.objects.storage import JsonObject
from server.login_records import AuditEntry, AuditEvent
from server.store import Store
from server.store.audit import MAX_ENTRIES


async def audit_page(
    store: Store, app_id: str, *, user_id: str | None, events: Collection[AuditEvent], skip: int, limit: int
) -> list[JsonObject]:
    """The newest first, a page at most: of one user or all, of these events or all."""
    found = await store.find_audit_entries(
        app_id, user_id=user_id, events=list(events) or None, skip=skip, limit=min(limit, MAX_ENTRIES)
    )
    return [_shown(entry) for entry in found]


def _shown(entry: AuditEntry) -> JsonObject:
    return {
        "_id": entry.id,
        "at": iso(entry.at),
        "event": entry.event.value,
        "user_id": entry.user_id,
        "provider": entry.provider_type,
        "address": entry.address,
        "error_code": entry.error_code,
        "detail": entry.detail,
    }
