"""Which role may do what, and the one place that refuses."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from enum import StrEnum

from server.administrator_records import Administrator, Role
from server.errors import AppError, ErrorCode


class Power(StrEnum):
    """Something an administrator may do with an app."""

    READ = "read"
    LOGS = "read logs"
    USERS = "manage users"
    DEPLOY = "deploy"
    RUN = "run functions"
    SECRETS = "set secrets"
    RECORDINGS = "read recordings"
    DOCUMENTS = "move documents"
    DELETE = "delete the app"
    ADMINISTRATORS = "manage administrators"


POWERS: Mapping[Role, frozenset[Power]] = {
    Role.OWNER: frozenset(Power),
    Role.DEPLOYER: frozenset(Power) - {Power.USERS, Power.DELETE, Power.ADMINISTRATORS},
    Role.SUPPORT: frozenset({Power.READ, Power.LOGS, Power.USERS}),
    Role.READ_ONLY: frozenset({Power.READ}),
}

_log = logging.getLogger(__name__)


def may(administrator: Administrator, power: Power, app_id: str | None) -> bool:
    """Whether a role grants it: of this app or of all; with no app, of all."""
    return any(
        power in POWERS[grant.role] for grant in administrator.grants if grant.app_id is None or grant.app_id == app_id
    )


def sees(administrator: Administrator, app_id: str) -> bool:
    """Whether the app exists for the administrator at all."""
    return may(administrator, Power.READ, app_id)


def is_visible(administrator: Administrator, app_id: str) -> bool:
    """As `sees`, of an app that was asked for: who asks for apps of others leaves a trace in the log."""
    if sees(administrator, app_id):
        return True
    _log.warning("administrator %s may not see app %s", administrator.login, app_id)
    return False


def demand(administrator: Administrator, power: Power, app_id: str | None) -> None:
    """Refuse whom no role grants it. Raises AppError Forbidden, which is logged."""
    if not may(administrator, power, app_id):
        _log.warning("administrator %s may not %s of app %s", administrator.login, power, app_id or "any")
        raise AppError(ErrorCode.FORBIDDEN, f"your roles do not allow you to {power}")
