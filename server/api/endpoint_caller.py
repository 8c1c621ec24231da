"""As whom an endpoint's function is called: its own configuration says whether credentials are needed (contract 6)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from quart import request

from server.api.caller import authenticated
from server.api.services import services
from server.api.wire import header_lines
from server.apps.model import Endpoint
from server.calls.authority import system_caller
from server.context.deployment import Deployment
from server.errors import AppError, ErrorCode
from server.login.header_credentials import CREDENTIAL_HEADERS, offered_credentials
from server.records import Caller, RequestDescription, UserCaller


async def caller_of(
    deployment: Deployment, endpoint: Endpoint, described: RequestDescription
) -> tuple[Caller, Collection[str]]:
    """The caller, and the headers (in lower case) that the function must not see. Raises AppError.

    A function that runs as the system or as a certain user asks nobody who they are: all headers are its own.
    """
    function = deployment.app.function(endpoint.function_name)
    if function.run_as_system or function.run_as_user_id or function.run_as_user_id_script_source:
        reason = f"endpoint {endpoint.http_method} {endpoint.route} of function '{function.name}' needs no user"
        return system_caller(reason, request=described), ()
    caller = await _user(deployment, endpoint, described)
    headers = tuple(line for line in described.headers if line[0].lower() not in CREDENTIAL_HEADERS)
    return replace(caller, request=replace(described, headers=headers)), CREDENTIAL_HEADERS


async def _user(deployment: Deployment, endpoint: Endpoint, described: RequestDescription) -> UserCaller:
    offered = offered_credentials(header_lines(request))
    if offered is not None:
        logins = services().login.logins
        attempt = logins.attempt(deployment, offered.provider_type, described, credentials=offered.credentials)
        user = await logins.identify(attempt, create=endpoint.create_user_on_auth)
        caller = UserCaller(user=user, request=described)
    elif "Authorization" in request.headers:
        _, caller = await authenticated(deployment.app.app_id)
    else:
        raise AppError(ErrorCode.MISSING_AUTH_REQ, "no authentication methods were specified")
    if not endpoint.fetch_custom_user_data:
        return caller
    return replace(caller, custom_data=await services().login.logins.user_data(deployment, caller.user))
