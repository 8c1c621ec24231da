"""Parameters of a query string, checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from server.errors import AppError, ErrorCode

_MOST_DIGITS = 15


def number(asked: Mapping[str, str], name: str, default: int) -> int:
    """A whole number; the default where it is not given. Raises AppError InvalidParameter."""
    text = asked.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise AppError(ErrorCode.INVALID_PARAMETER, f"'{name}' must be a number")
    return int(text)


def moment(asked: Mapping[str, str], name: str) -> datetime | None:
    """A moment in ISO 8601, UTC where it names no zone; None where it is not given. Raises InvalidParameter."""
    text = asked.get(name)
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise AppError(ErrorCode.INVALID_PARAMETER, f"'{name}' must be an ISO 8601 moment") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
