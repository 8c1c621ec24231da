"""What the routes need of the server, and where they find it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from quart import Request, current_app

from server.admin.administration import Administration
from server.auth.keys import SigningKeys
from server.calls.calling import Calls
from server.calls.registry import Registry
from server.login.service import LoginService
from server.settings import Settings
from server.versions.deployer import Deployer

EXTENSION = "vestibule"
_HOST = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
"""A name, with the underscores that container networks put into it, or an address, and a port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything behind the routes; `wake_triggers` and `wake_mails` are told when there may be something to do.

    `metrics_token` opens `/metrics`; empty: nothing does.
    """

    settings: Settings
    registry: Registry
    deployer: Deployer
    administration: Administration
    calls: Calls
    login: LoginService
    keys: SigningKeys
    metrics_token: str
    wake_triggers: Callable[[], None]
    wake_mails: Callable[[], None]


def services() -> Services:
    """The services of the running server."""
    return cast("Services", current_app.extensions[EXTENSION])


def base_url(request: Request) -> str:
    """The URL by which the client reaches the server: configured, or the one it asked at (contract 1.2)."""
    return services().settings.base_url or f"{request.scheme}://{asked_host(request) or 'localhost'}"


def asked_host(request: Request) -> str | None:
    """Host and port by which the client asked; None where its header Host is none (RFC 9112, 3.2)."""
    given = request.headers.get("Host")
    if given is None:
        return request.host
    return given if _HOST.fullmatch(given) else None
