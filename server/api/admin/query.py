"""Parameters of the query string, checked, and moments as answers write them."""

from __future__ import annotations

from datetime import UTC, datetime

from quart import request

from server.errors import AppError, ErrorCode


def number(name: str, default: int) -> int:
    """A whole number. Raises AppError InvalidParameter."""
    text = request.args.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise AppError(ErrorCode.INVALID_PARAMETER, f"'{name}' must be a number")
    return int(text)


def moment(name: str) -> datetime | None:
    """A moment in ISO 8601, UTC where it names no zone. Raises AppError InvalidParameter."""
    text = request.args.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise AppError(ErrorCode.INVALID_PARAMETER, f"'{name}' must be an ISO 8601 moment") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def iso(when: datetime) -> str:
    """ISO 8601 in UTC, to the millisecond."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
