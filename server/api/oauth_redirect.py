"""The browser's way to an OAuth provider and back (contract 1.11)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlencode

from quart import Blueprint, Response, request

from server import ejson
from server.api.caller import authenticated, check_address, described_request
from server.api.cors import allow_cookies
from server.api.forms import read_form
from server.api.services import base_url, services
from server.api.wire import empty_response, read_device
from server.ejson import Document, EjsonError
from server.errors import AppError, ErrorCode
from server.login import oauth_redirect
from server.login.attempt import Attempt, Verified
from server.login.logins import LoggedIn
from server.login.oauth_redirect import Flow, Start
from server.records import UserCaller

oauth = Blueprint("oauth", __name__, url_prefix="/api/client/v2.0")

CALLBACK = "/api/client/v2.0/auth/callback"
SECONDS = int(oauth_redirect.FLOW_LIFE.total_seconds())
"""Life of the cookie that binds a flow to its browser."""


@oauth.get("/app/<app_id>/auth/providers/<provider_type>/login")
async def begin(app_id: str, provider_type: str) -> Response:
    """Send the browser to the provider; when linking, tell the client where to."""
    deployment, logins = services().registry.app(app_id), services().login.logins
    caller = (await authenticated(app_id))[1] if request.args.get("link") == "true" else None
    device_id, device = _device(request.args.get("device", ""))
    attempt = logins.attempt(deployment, provider_type, described_request(), device_id=device_id, device=device)
    start = await logins.begin_flow(
        attempt, request.args.get("redirect", ""), request.args.get("state", ""), base_url(request) + CALLBACK, caller
    )
    in_header = request.args.get("providerRedirectHeader") == "true"
    response = _hand_over(start.location, in_header=in_header)
    _bind(response, start, is_linking=caller is not None)
    return allow_cookies(response, request.headers.get("Origin"))


@oauth.route("/auth/callback", methods=["GET", "POST"])
async def end() -> Response:
    """Take the browser back from the provider and send it on to the page that it came from, with the outcome."""
    given = await read_form(request, ErrorCode.BAD_REQUEST) if request.method == "POST" else request.args
    state = given.get("state", "")
    name = oauth_redirect.cookie_name(oauth_redirect.read_state(state)[1])
    flow = await oauth_redirect.end(services().calls.store, state, request.cookies.get(name, ""))
    try:
        outcome = await _outcome(flow, given.get("code", ""), given.get("iss"))
    except AppError as refusal:
        outcome = {"_baas_error": refusal.message}
    response = _hand_over(_with_outcome(flow, outcome), in_header=False)
    response.delete_cookie(name, path=CALLBACK)
    return response


async def _outcome(flow: Flow, code: str, issuer: str | None) -> dict[str, str]:
    if not code:
        raise AppError(ErrorCode.AUTH_ERROR, "the identity provider did not log you in")
    logins = services().login.logins
    deployment = services().registry.app(flow.app_id)
    check_address(deployment)
    attempt = logins.attempt(
        deployment, flow.provider, described_request(), device_id=flow.device_id, device=flow.device
    )

    async def verify() -> Verified:
        return await oauth_redirect.verify_code(attempt, flow, code, issuer)

    if not flow.link_user:
        return {"_baas_ua": _user_auth(await logins.log_in(attempt, verify))}
    caller = await _linking_caller(attempt, flow)
    return {"_baas_ua": _user_auth(await logins.link(attempt, caller, verify)), "_baas_link": "ok"}


async def _linking_caller(attempt: Attempt, flow: Flow) -> UserCaller:
    """The user who began the flow, if they are still there."""
    user = await services().calls.store.find_user(flow.app_id, flow.link_user)
    if user is None or user.disabled:
        raise AppError(ErrorCode.INVALID_SESSION, "invalid session: the user does not exist any more")
    return UserCaller(user=user, request=attempt.request, session_id=flow.link_session)


def _user_auth(opened: LoggedIn) -> str:
    return "$".join((opened.access_token, opened.refresh_token or "", opened.user_id, opened.device_id))


def _with_outcome(flow: Flow, outcome: dict[str, str]) -> str:
    """The page's URL, one that the app lists, with the outcome in its fragment: no server sees that."""
    words = {"_baas_client_app_id": flow.app_id, "_baas_state": flow.client_state, **outcome}
    return f"{flow.redirect.partition('#')[0]}#{urlencode(words)}"


def _hand_over(location: str, *, in_header: bool) -> Response:
    response = empty_response()
    response.status_code = 200 if in_header else 302
    response.headers["x-baas-location" if in_header else "Location"] = location
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _bind(response: Response, start: Start, *, is_linking: bool) -> None:
    """Only this browser may finish the flow. The cookie crosses sites if the way back is a POST, or a page fetches."""
    is_secure = base_url(request).startswith("https:")
    crosses = is_secure and (start.comes_by_post or is_linking)
    response.set_cookie(
        start.cookie_name, start.cookie, max_age=SECONDS, path=CALLBACK, secure=is_secure, httponly=True,
        samesite="None" if crosses else "Lax",
    )  # fmt: skip


def _device(text: str) -> tuple[str, Document]:
    try:
        return read_device(ejson.loads(base64.b64decode(text)) if len(text) <= 4096 else None)
    except (binascii.Error, ValueError, EjsonError):
        return read_device(None)
