"""Who calls: the access token of a request, and the user behind it."""

from __future__ import annotations

from quart import request

from server.api.services import services
from server.api.wire import bearer_token, describe_request
from server.context.deployment import Deployment
from server.errors import AppError, ErrorCode
from server.records import RequestDescription, Session, UserCaller


def described_request() -> RequestDescription:
    """The request as functions, rules and the audit log see it."""
    return describe_request(request, trusted_proxies=services().settings.trusted_proxies)


async def refreshing() -> tuple[Deployment, Session]:
    """The app and the session of the refresh token. Raises AppError InvalidSession."""
    return await services().login.sessions.session(bearer_token(request))


async def authenticated(app_id: str | None = None) -> tuple[Deployment, UserCaller]:
    """The app and the user of the access token. Raises AppError; a token of another app is no token here."""
    deployment, caller = await services().login.sessions.caller(bearer_token(request), described_request())
    if app_id is not None and deployment.app.app_id != services().registry.app(app_id).app.app_id:
        raise AppError(ErrorCode.AUTH_ERROR, "the token belongs to another app")
    return deployment, caller
