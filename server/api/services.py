"""What the routes need of the server, and where they find it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from quart import Request, current_app

from server.auth.keys import SigningKeys
from server.calls.calling import Calls
from server.calls.registry import Registry
from server.login.sessions import Sessions
from server.settings import Settings

EXTENSION = "vestibule"


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything behind the routes; `wake_triggers` is told when events may have been queued."""

    settings: Settings
    registry: Registry
    calls: Calls
    sessions: Sessions
    keys: SigningKeys
    wake_triggers: Callable[[], None]


def services() -> Services:
    """The services of the running server."""
    return cast("Services", current_app.extensions[EXTENSION])


def base_url(request: Request) -> str:
    """The URL by which the client reaches the server: configured, or the one it asked at (contract 1.2)."""
    return services().settings.base_url or f"{request.scheme}://{request.host}"
