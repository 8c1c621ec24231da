"""The redirect flow in a browser: to the provider with state and PKCE, and back with a code (contract 1.11)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

from server.apps.authentication import OAuthSettings, ProviderType
from server.auth.ids import is_id
from server.ejson import Document
from server.errors import AppError, ErrorCode
from server.login import facebook, openid
from server.login.attempt import Attempt, Verified
from server.login.json_documents import ProviderUnreachable, with_query
from server.login.oauth_settings import check_redirect, oauth_settings
from server.login.one_time import OneTimeToken, new_token
from server.login.openid import CodeGrant
from server.store import Store
from server.store.errors import TicketInvalid

PURPOSE = "oauth"
_BY_CODE: dict[ProviderType, Callable[[Attempt, CodeGrant], Awaitable[Verified]]] = {
    ProviderType.APPLE: openid.verified_by_code,
    ProviderType.FACEBOOK: facebook.verified_by_code,
    ProviderType.GOOGLE: openid.verified_by_code,
    ProviderType.OPENID: openid.verified_by_code,
}
_SCOPES = {ProviderType.FACEBOOK: "public_profile email", ProviderType.APPLE: "openid name email"}
_SCOPE = "openid profile email"
FLOW_LIFE = timedelta(minutes=10)
"""How long a person may take at the provider."""
LONGEST_STATE = 1024
"""Characters of a client's own state, which is kept meanwhile; realm-web's has twelve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One way to a provider and back; `link_session` is the session of the user who is being linked, if any."""

    app_id: str
    provider: str
    redirect: str
    client_state: str
    callback: str
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)
    device_id: str
    device: Document
    link_user: str
    link_session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where to send the browser, and the cookie that binds what comes back to this browser."""

    location: str
    cookie_name: str
    cookie: str = field(repr=False)
    comes_by_post: bool


async def begin(attempt: Attempt, redirect: str, client_state: str, callback: str, link: tuple[str, str]) -> Start:
    """Begin a flow; `link` are the ids of user and session to link to, or empty. Raises AppError InvalidRedirectURI."""
    if attempt.provider.type not in _BY_CODE:
        raise AppError(ErrorCode.BAD_REQUEST, f"'{attempt.provider.type}' does not log in by redirects")
    settings = oauth_settings(attempt.provider)
    check_redirect(settings, redirect)
    if len(client_state) > LONGEST_STATE:
        raise AppError(ErrorCode.BAD_REQUEST, f"'state' has at most {LONGEST_STATE} characters")
    token, state = new_token(), secrets.token_urlsafe(24)
    flow = Flow(
        app_id=attempt.deployment.app.app_id, provider=attempt.provider.type, redirect=redirect,
        client_state=client_state, callback=callback, verifier=secrets.token_urlsafe(48),
        nonce=secrets.token_urlsafe(24), device_id=attempt.device_id, device=attempt.device,
        link_user=link[0], link_session=link[1],
    )  # fmt: skip
    bound = OneTimeToken(id=token.id, token=state + token.token)
    data: Document = {name: getattr(flow, name) for name in Flow.__slots__}
    ticket = bound.ticket(flow.app_id, PURPOSE, flow.provider, datetime.now(UTC), data=data, life=FLOW_LIFE)
    location = await _location(attempt, settings, flow, f"{flow.app_id}.{token.id}.{state}")
    await attempt.calls.store.add_tickets([ticket], [])
    is_apple = attempt.provider.type == ProviderType.APPLE
    return Start(location=location, cookie_name=cookie_name(token.id), cookie=token.token, comes_by_post=is_apple)


async def end(store: Store, state: str, cookie: str) -> Flow:
    """The flow that a browser comes back from, which it can once. Raises AppError BadRequest."""
    app_id, ticket_id, secret = read_state(state)
    bound = OneTimeToken(id=ticket_id, token=secret + cookie)
    try:
        ticket = await store.take_ticket(app_id, ticket_id, PURPOSE, bound.secret_hash, now=datetime.now(UTC))
    except TicketInvalid:
        raise _state_refused() from None
    return Flow(**cast("dict[str, str]", ticket.data))  # type: ignore[arg-type]


async def verify_code(attempt: Attempt, flow: Flow, code: str, issuer: str | None) -> Verified:
    """Whom the code proves; `issuer` is who sent it, as far as it says. Raises AppError AuthError."""
    grant = CodeGrant(code=code, redirect_uri=flow.callback, verifier=flow.verifier, nonce=flow.nonce, issuer=issuer)
    return await _BY_CODE[attempt.provider.type](attempt, grant)


def read_state(state: str) -> tuple[str, str, str]:
    """App id, ticket id and secret of a `state`. Raises AppError BadRequest."""
    app_id, _, rest = state.rpartition(".")[0].rpartition(".")[0], "", state.split(".")[-2:]
    if len(rest) != 2 or not app_id or not is_id(rest[0]) or not state.isascii():
        raise _state_refused()
    return app_id, rest[0], rest[1]


def cookie_name(ticket_id: str) -> str:
    """Each flow has its own cookie, so that two of them in one browser do not meet."""
    return f"vestibule-oauth-{ticket_id}"


def _state_refused() -> AppError:
    return AppError(ErrorCode.BAD_REQUEST, "the login was not begun in this browser, has been used, or took too long")


async def _location(attempt: Attempt, settings: OAuthSettings, flow: Flow, state: str) -> str:
    provider = attempt.provider.type
    challenge = base64.urlsafe_b64encode(hashlib.sha256(flow.verifier.encode()).digest()).rstrip(b"=").decode()
    parameters = {
        "response_type": "code", "client_id": settings.client_id, "redirect_uri": flow.callback, "state": state,
        "scope": " ".join(settings.scopes) or _SCOPES.get(provider, _SCOPE),
        "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    if provider == ProviderType.FACEBOOK:
        return with_query(settings.dialog_url, parameters)
    if provider == ProviderType.APPLE:
        parameters["response_mode"] = "form_post"  # Apple demands it where name or address are asked for
    try:
        description = await openid.describe(attempt, settings)
    except ProviderUnreachable as error:
        raise AppError(ErrorCode.BAD_REQUEST, "the identity provider cannot be reached") from error
    return with_query(description.authorization_endpoint, parameters | {"nonce": flow.nonce})
