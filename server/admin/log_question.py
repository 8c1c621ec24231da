"""A question about an app's log, as it stands in a query string, and its answer (contract 12.5)."""

from __future__ import annotations

from collections.abc import Mapping

from server.admin.logs import followed_page, found_page, user_id_of
from server.admin.objects.storage import JsonObject
from server.admin.query import moment, number
from server.errors import AppError, ErrorCode
from server.store import LogFilter, Store
from server.store.logs import MAX_LOGS

STATUSES = {"": None, "ok": False, "error": True}
"""What `status` may be, and whether that is a failure."""
MAX_TYPES = 20
"""Types that one question may name."""
LONGEST_SOUGHT = 200
"""Characters of a text that errors are searched for."""


async def answer_logs(store: Store, app_id: str, asked: Mapping[str, str]) -> JsonObject:
    """Entries newest first, a page of 100; with `after`, those kept since then, oldest first.

    Raises AppError InvalidParameter.
    """
    wanted = await _filter(store, app_id, asked)
    limit = max(1, min(number(asked, "limit", MAX_LOGS), MAX_LOGS))
    if "after" in asked:
        return await followed_page(store, app_id, wanted, after=number(asked, "after", 0), limit=limit)
    return await found_page(store, app_id, wanted, skip=number(asked, "skip", 0), limit=limit)


async def _filter(store: Store, app_id: str, asked: Mapping[str, str]) -> LogFilter:
    status, user, types = asked.get("status", ""), asked.get("user_id"), asked.get("type")
    if status not in STATUSES:
        raise AppError(ErrorCode.INVALID_PARAMETER, "'status' must be ok or error")
    if len(asked.get("error", "")) > LONGEST_SOUGHT:
        raise AppError(ErrorCode.INVALID_PARAMETER, f"'error' must have at most {LONGEST_SOUGHT} characters")
    return LogFilter(
        user_id=await user_id_of(store, app_id, user) if user else None,
        types=tuple(filter(None, types.split(",")))[:MAX_TYPES] if types else None,
        function_name=asked.get("function_name") or None,
        provider_type=asked.get("provider") or None,
        failed=True if "errors_only" in asked else STATUSES[status],
        error=asked.get("error") or None,
        start=moment(asked, "start_date"),
        end=moment(asked, "end_date"),
        co_id=asked.get("co_id") or None,
    )
