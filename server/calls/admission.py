"""How many calls of an app may be under way at once (contract 4.5: 10,000, then HTTP 429)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from server.errors import AppError, ErrorCode


class Admission:
    """Counts the calls under way, app by app."""

    def __init__(self) -> None:
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def place(self, app_id: str, most: float) -> Iterator[None]:
        """Count one call of the app. Raises AppError TooManyRequests where `most` are under way."""
        if self._under_way[app_id] >= most:
            raise AppError(ErrorCode.TOO_MANY_REQUESTS, "too many concurrent requests")
        self._under_way[app_id] += 1
        try:
            yield
        finally:
            self._under_way[app_id] -= 1
            if not self._under_way[app_id]:
                del self._under_way[app_id]
