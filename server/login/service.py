"""All that routes and administrators ask of logins, made once."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from server.auth.keys import SigningKeys
from server.calls.calling import Calls
from server.calls.registry import Registry
from server.context.http import HttpLimits, OutboundHttp
from server.login.api_keys import ApiKeys
from server.login.attempt import Tools
from server.login.guard import Guard
from server.login.hashing import PasswordHashing
from server.login.json_documents import JsonDocuments
from server.login.lifetimes import Lifetimes
from server.login.limits import LimitRules
from server.login.logins import Logins
from server.login.oauth_tokens import OAuthTokens
from server.login.openid_description import read_description
from server.login.password_reset import PasswordResets
from server.login.registration import Registrations
from server.login.sessions import Sessions
from server.login.tokens import TokenIssuer
from server.login.web_keys import WebKeys

PROVIDER_LIMITS = HttpLimits(response_body=1024 * 1024, timeout=10.0)
"""What asking an identity provider may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginService:
    """The parts, by what they do."""

    logins: Logins
    hashing: PasswordHashing
    sessions: Sessions
    registrations: Registrations
    resets: PasswordResets
    api_keys: ApiKeys
    oauth: OAuthTokens
    issuer: TokenIssuer


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSettings:
    """How an installation logs in."""

    lifetimes: Lifetimes
    limits: LimitRules
    allowed_hosts: Sequence[str] = ()


@asynccontextmanager
async def open_login(
    calls: Calls, registry: Registry, keys: SigningKeys, settings: LoginSettings
) -> AsyncIterator[LoginService]:
    """The service, with the threads that hash and the connections to identity providers that it needs."""
    async with AsyncExitStack() as stack:
        http = OutboundHttp(allowed_hosts=settings.allowed_hosts, limits=PROVIDER_LIMITS)
        await stack.enter_async_context(http)
        hashing = await stack.enter_async_context(PasswordHashing(threads=os.cpu_count() or 1))
        tools = Tools(hashing=hashing, http=http, web_keys=WebKeys(http), openid=JsonDocuments(http, read_description))
        guard = Guard(calls.store, settings.limits)
        issuer = TokenIssuer(calls, keys, settings.lifetimes)
        sessions = Sessions(calls.store, registry, issuer, calls.on_events)
        yield LoginService(
            hashing=hashing,
            logins=Logins(calls, tools, guard, issuer, settings.lifetimes),
            sessions=sessions,
            registrations=Registrations(calls, hashing, guard),
            resets=PasswordResets(calls, hashing, guard),
            api_keys=ApiKeys(calls, sessions),
            issuer=issuer,
            oauth=OAuthTokens(calls.store, registry, sessions, issuer, settings.lifetimes),
        )
