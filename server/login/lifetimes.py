"""How long tokens live: as the app says, else as the server's settings do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from server.apps.authentication import SecuritySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """Lives of tokens; `of` gives those of one app."""

    access: timedelta
    refresh: timedelta

    def of(self, security: SecuritySettings) -> Lifetimes:
        """The app's own lives where it sets them."""
        return Lifetimes(
            access=_seconds(security.access_token_seconds, self.access),
            refresh=_seconds(security.refresh_token_seconds, self.refresh),
        )


def _seconds(seconds: int | None, otherwise: timedelta) -> timedelta:
    return otherwise if seconds is None else timedelta(seconds=seconds)
