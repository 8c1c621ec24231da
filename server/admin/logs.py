"""Pages of an app's log as the Admin API shows them (contract 12.5)."""

from __future__ import annotations

from runtime.messages import Stats
from server.admin.moments import iso
from server.admin.objects.storage import JsonObject
from server.apps.authentication import ProviderType
from server.apps.ids import GROUP_ID, derived_id
from server.auth.emails import login_of
from server.records import LogEntry
from server.store import Store
from server.store.log_query import LogFilter


async def found_page(store: Store, app_id: str, wanted: LogFilter, *, skip: int, limit: int) -> JsonObject:
    """Entries newest first, where the next page begins, and the `cursor` after which later ones are kept."""
    page = await store.page_logs(app_id, wanted, skip=skip, limit=limit)
    body: JsonObject = {"logs": [log_object(entry) for entry in page.entries], "cursor": str(page.last)}
    return body | _next(page.entries, wanted, skip) if len(page.entries) == limit else body


async def followed_page(store: Store, app_id: str, wanted: LogFilter, *, after: int, limit: int) -> JsonObject:
    """Entries kept after the cursor of an answer, oldest first: each of them in exactly one of such answers."""
    page = await store.follow_logs(app_id, wanted, after=after, limit=limit)
    return {"logs": [log_object(entry) for entry in page.entries], "cursor": str(page.last)}


async def user_id_of(store: Store, app_id: str, user: str) -> str:
    """The id of a user who is named by it, or by the address they log in with."""
    if "@" not in user:
        return user
    for is_exact in (True, False):
        account = await store.find_password(app_id, login_of(user, case_sensitive=is_exact))
        found = account and await store.find_user_by_identity(app_id, ProviderType.LOCAL_USERPASS, account.identity_id)
        if found:
            return found.id
    return user


def _next(entries: list[LogEntry], wanted: LogFilter, skip: int) -> JsonObject:
    """The next page ends where this one does, without the entries of that moment that are known by now."""
    end = entries[-1].started_at
    known = sum(entry.started_at == end for entry in entries)
    return {"nextEndDate": iso(end), "nextSkip": known + (skip if wanted.end == end else 0)}


def log_object(entry: LogEntry) -> JsonObject:
    """An entry in the contract's form."""
    shown: JsonObject = {
        "_id": entry.id,
        "cursor": str(entry.number),
        "co_id": entry.co_id or entry.id,
        "type": entry.type,
        "domain_id": derived_id(entry.app_id, "domain"),
        "app_id": derived_id(entry.app_id, "app"),
        "group_id": GROUP_ID,
        "request_url": "",
        "request_method": "",
        "remote_ip_address": entry.remote_ip_address,
        "started": iso(entry.started_at),
        "completed": iso(entry.completed_at),
        "user_id": entry.user_id,
        "error": entry.error,
        "error_code": entry.error_code,
        "messages": list(entry.messages),
        "function_name": entry.function_name,
        "mem_time_usage": None if entry.stats is None else _usage(entry.stats),
    }
    if entry.auth_event is not None:
        failed = entry.error is not None
        shown["auth_event"] = {"failed": failed, "type": entry.auth_event, "provider": entry.provider_type}
    if entry.arguments is not None:
        shown["function_call"] = {"name": entry.function_name, "arguments": entry.arguments}
    return shown


def _usage(stats: Stats) -> JsonObject:
    return {
        "wall_time_ms": round(stats.wall_time * 1000, 3),
        "guest_time_ms": round(stats.guest_time * 1000, 3),
        "memory_bytes": stats.memory,
        "host_calls": stats.host_calls,
        "log_lines": stats.log_lines,
        "pages_written": stats.pages_written,
    }
