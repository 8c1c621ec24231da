"""Who calls: the access token of a request, and the user behind it."""

from __future__ import annotations

from quart import request

from server.api.services import services
from server.api.wire import bearer_token, describe_request
from server.apps.addresses import is_within
from server.context.deployment import Deployment
from server.errors import AppError, ErrorCode
from server.records import RequestDescription, Session, UserCaller


def described_request() -> RequestDescription:
    """The request as functions, rules and the audit log see it."""
    return describe_request(request, trusted_proxies=services().settings.trusted_proxies)


def check_address(deployment: Deployment) -> None:
    """Raise AppError Forbidden where the app's access list keeps the client's address out (contract 11)."""
    access_list = deployment.app.security.access_list
    if access_list is not None and not is_within(described_request().remote_ip_address, access_list):
        raise AppError(ErrorCode.FORBIDDEN, "the app does not serve your address")


async def refreshing() -> tuple[Deployment, Session]:
    """The app and the session of the refresh token. Raises AppError InvalidSession."""
    deployment, session = await services().login.sessions.session(bearer_token(request))
    check_address(deployment)
    return deployment, session


async def authenticated(app_id: str | None = None) -> tuple[Deployment, UserCaller]:
    """The app and the user of the access token. Raises AppError; a token of another app is no token here."""
    deployment, caller = await services().login.sessions.caller(bearer_token(request), described_request())
    if app_id is not None and deployment.app.app_id != services().registry.app(app_id).app.app_id:
        raise AppError(ErrorCode.AUTH_ERROR, "the token belongs to another app")
    check_address(deployment)
    return deployment, caller
