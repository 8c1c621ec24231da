"""Registering, confirming and resetting passwords (contract 1.1, 7.2)."""

from __future__ import annotations

from quart import Blueprint, Response, request

from server.api.caller import described_request
from server.api.services import services
from server.api.wire import json_response, read_body
from server.errors import AppError, ErrorCode
from server.login.userpass_app import UserpassApp, userpass_app

userpass = Blueprint("userpass", __name__, url_prefix="/api/client/v2.0/app/<app_id>/auth/providers/local-userpass")


@userpass.post("/register")
async def register(app_id: str) -> Response:
    """Register an address with a password."""
    body = await read_body(request)
    await services().login.registrations.register(_app(app_id), body.get("email"), body.get("password"))
    services().wake_mails()
    return json_response(b"{}", 201)


@userpass.post("/confirm")
async def confirm(app_id: str) -> Response:
    """Confirm an address by token and token id."""
    body = await read_body(request)
    await services().login.registrations.confirm(_app(app_id), body.get("token"), body.get("tokenId"))
    return json_response(b"{}")


@userpass.post("/confirm/send")
async def send_confirmation(app_id: str) -> Response:
    """Send the confirmation mail again."""
    body = await read_body(request)
    await services().login.registrations.send_again(_app(app_id), body.get("email"))
    services().wake_mails()
    return json_response(b"{}")


@userpass.post("/confirm/call")
async def call_confirmation(app_id: str) -> Response:
    """Run the confirmation function again."""
    body = await read_body(request)
    await services().login.registrations.run_again(_app(app_id), body.get("email"))
    return json_response(b"{}")


@userpass.post("/reset")
async def reset(app_id: str) -> Response:
    """Set a new password by token and token id."""
    body = await read_body(request)
    await services().login.resets.reset(_app(app_id), body.get("token"), body.get("tokenId"), body.get("password"))
    services().wake_mails()
    return json_response(b"{}")


@userpass.post("/reset/send")
async def send_reset(app_id: str) -> Response:
    """Send a mail with a link to a new password."""
    body = await read_body(request)
    await services().login.resets.send(_app(app_id), body.get("email"))
    services().wake_mails()
    return json_response(b"{}")


@userpass.post("/reset/call")
async def call_reset(app_id: str) -> Response:
    """Have the app's function decide about a new password."""
    body = await read_body(request)
    arguments = body.get("arguments") or []
    if not isinstance(arguments, list):
        raise AppError(ErrorCode.INVALID_PARAMETER, "'arguments' must be an array")
    await services().login.resets.call(_app(app_id), body.get("email"), body.get("password"), arguments)
    services().wake_mails()
    return json_response(b"{}")


def _app(app_id: str) -> UserpassApp:
    return userpass_app(services().registry.app(app_id), described_request())
