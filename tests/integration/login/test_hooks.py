"""Every provider meets every hook: the table in the reference is what this observes."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import jwt
import pytest

from server.apps.authentication import ProviderType
from server.auth.tokens import AccessClaims
from server.calls.authority import system_caller
from server.ejson import Document
from server.errors import AppError, ErrorCode
from server.login.providers import PROVIDERS
from server.login_records import AuditEvent
from tests.conformance.identity_provider import CLIENT_ID
from tests.integration.login.conftest import FREE_FAILURES, KEY, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "provider-hooks.md"
HOOKS = (
    "creation function", "CREATE", "LOGIN", "DELETE", "custom data", "disabled user", "rate limit",
    "audit entry",
)  # fmt: skip
PASSWORD = "correct horse"
Prepare: TypeAlias = Callable[[World], Awaitable[Document]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A provider with credentials that are good, made ready by `prepare`, and some that are not."""

    name: str
    provider: ProviderType
    prepare: Prepare
    bad: Document | None
    makes_user: bool = True


async def _nothing(world: World) -> Document:
    return {}


async def _registered(world: World) -> Document:
    await world.login.registrations.register(world.userpass(), "hooked@example.org", PASSWORD)
    return {"username": "hooked@example.org", "password": PASSWORD}


async def _user_key(world: World) -> Document:
    opened = await world.log_in("custom-function", {"id": "owner of a key"})
    _, session = await world.login.sessions.session(opened.refresh_token or "")
    made = await world.login.api_keys.create(world.deployment, session, "hooked", world.request())
    return {"key": made.text}


async def _server_key(world: World) -> Document:
    made = await world.login.api_keys.create_server_key(world.deployment, "server", world.request())
    return {"key": made.text}


async def _external_token(world: World) -> Document:
    claims = {"sub": "external", "aud": "hooks", "exp": int(time.time()) + 600}
    return {"token": jwt.encode(claims, KEY, algorithm="HS256")}


async def _id_token(world: World) -> Document:
    return {"id_token": world.idp.token(sub="hooked")}


async def _facebook(world: World) -> Document:
    owner = {"is_valid": True, "app_id": CLIENT_ID, "user_id": "fb"}
    world.idp.facebook = {"/debug_token": {"data": owner}, "/me": {"id": "fb", "name": "Ada"}}
    return {"accessToken": "token"}


async def _by_function(world: World) -> Document:
    return {"id": "hooked"}


BAD_TOKEN: Document = {"id_token": "x"}
CASES = (
    Case(name="anon-user", provider=ProviderType.ANONYMOUS, prepare=_nothing, bad=None),
    Case(
        name="local-userpass", provider=ProviderType.LOCAL_USERPASS, prepare=_registered,
        bad={"username": "x", "password": "y"},
    ),
    Case(
        name="api-key (a user's)", provider=ProviderType.API_KEY, prepare=_user_key, bad={"key": "x"}, makes_user=False
    ),
    Case(name="api-key (server)", provider=ProviderType.API_KEY, prepare=_server_key, bad={"key": "x"}),
    Case(name="custom-token", provider=ProviderType.CUSTOM_TOKEN, prepare=_external_token, bad={"token": "x"}),
    Case(name="custom-function", provider=ProviderType.CUSTOM_FUNCTION, prepare=_by_function, bad={}),
    Case(name="oauth2-google", provider=ProviderType.GOOGLE, prepare=_id_token, bad=BAD_TOKEN),
    Case(name="oauth2-apple", provider=ProviderType.APPLE, prepare=_id_token, bad=BAD_TOKEN),
    Case(name="oauth2-facebook", provider=ProviderType.FACEBOOK, prepare=_facebook, bad={"accessToken": ""}),
    Case(name="oauth2-oidc", provider=ProviderType.OPENID, prepare=_id_token, bad=BAD_TOKEN),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Observed:
    """The hooks that were met, and those that there is nothing to meet for, with the reason."""

    met: frozenset[str]
    without: dict[str, str]

    def cells(self) -> list[str]:
        """One cell for each hook."""
        return ["yes" if hook in self.met else self.without.get(hook, "NO") for hook in HOOKS]


async def observe(world: World, case: Case, address: str) -> Observed:
    """Everything that happens to a user of this provider, from the first login to the end."""
    met: set[str] = set()
    credentials = await case.prepare(world)
    opened = await world.log_in(case.provider, credentials, address)
    again = await world.log_in(case.provider, credentials, address)
    user = await world.users().find(opened.user_id)
    claims = await _claims(world, opened.access_token)

    assert again.user_id == opened.user_id or case.provider == ProviderType.ANONYMOUS
    if len(await world.documents("people", user.id)) == 1:
        met.add("creation function")
    if claims.user_data is not None and claims.user_data["user_id"] == user.id:
        met.add("custom data")
    met |= await world.operations(user.id, until={"CREATE", "LOGIN"})
    met |= await _refusals(world, case, credentials, user.id, address)
    entries = await world.store.find_audit_entries("hooks", user_id=user.id)
    if {AuditEvent.LOGIN, AuditEvent.USER_CREATED} <= {entry.event for entry in entries}:
        met.add("audit entry")
    await world.users(address).delete(user.id)
    met |= await world.operations(user.id, until={"DELETE"})
    return Observed(frozenset(met), _without(case))


async def _claims(world: World, token: str) -> AccessClaims:
    claims = world.login.issuer.read(token)
    assert isinstance(claims, AccessClaims)
    return claims


async def _refusals(world: World, case: Case, credentials: Document, user_id: str, address: str) -> set[str]:
    met: set[str] = set()
    if case.provider != ProviderType.ANONYMOUS:
        await world.users().set_disabled(user_id, disabled=True)
        if (
            await refusal(world, case, credentials, address.replace("203.0.113", "198.51.100"))
            == ErrorCode.USER_DISABLED
        ):
            met.add("disabled user")
        await world.users().set_disabled(user_id, disabled=False)
    if case.bad is not None:
        bad = [await refusal(world, case, case.bad, address) for _ in range(FREE_FAILURES + 1)]
        if ErrorCode.TOO_MANY_REQUESTS not in bad and await _is_slowed(world, case, credentials, case.bad, address):
            met.add("rate limit")
    return met


async def _is_slowed(world: World, case: Case, credentials: Document, bad: Document, address: str) -> bool:
    """Whether right credentials have to wait; where the machine was slower than the wait, the next one is longer."""
    for _ in range(5):
        if await refusal(world, case, credentials, address) == ErrorCode.TOO_MANY_REQUESTS:
            return True
        await refusal(world, case, bad, address)
    return False


async def refusal(world: World, case: Case, credentials: Document, address: str) -> ErrorCode | None:
    """Why a login is refused; None where it is not."""
    try:
        await world.log_in(case.provider, credentials, address)
    except AppError as error:
        return error.code
    return None


def _without(case: Case) -> dict[str, str]:
    if case.provider == ProviderType.ANONYMOUS:
        return {"disabled user": "never logs in again", "rate limit": "nothing to guess"}
    return {}


def page(rows: list[tuple[str, Observed]]) -> str:
    """The page of the reference."""
    lines = [
        "# What every provider meets",
        "",
        "Made by `tests/integration/login/test_hooks.py`, which logs in by each provider and looks what happened.",
        "",
        f"| Provider | {' | '.join(HOOKS)} |",
        f"|---{'|---' * len(HOOKS)}|",
        *(f"| {name} | {' | '.join(observed.cells())} |" for name, observed in rows),
        "",
        "A user's own API key opens sessions of the user who made it: what is said of creating was when that user came",
        "to exist. Logins by redirect, links and HTTPS endpoints that ask for credentials go through the same doors.",
        "Triggers and webhooks hear of a link as of a CREATE by its provider, of a user who has several identities.",
        "",
    ]
    return "\n".join(lines)


async def test_every_provider_meets_every_hook(world: World) -> None:
    """No cell of the table is empty, and the page shows what was observed."""
    rows = [(case.name, await observe(world, case, f"203.0.113.{place}")) for place, case in enumerate(CASES)]

    assert {case.provider for case in CASES} == set(ProviderType) == PROVIDERS.keys()
    assert not [(name, observed.cells()) for name, observed in rows if "NO" in observed.cells()]
    assert PAGE.read_text() == page(rows), page(rows)


async def test_linking_is_a_creation_by_its_provider(world: World) -> None:
    """Triggers hear of a further identity, once: a CREATE by its provider, of a user who has both."""
    opened = await world.log_in("custom-function", {"id": "has another"})
    _, caller = await world.login.sessions.caller(opened.access_token, world.request())
    claims = {"sub": "another", "aud": "hooks", "exp": int(time.time()) + 600}
    other: Document = {"token": jwt.encode(claims, KEY, algorithm="HS256")}
    await world.operations(caller.user.id, until={"CREATE", "LOGIN"})

    await world.login.logins.link(world.attempt("custom-token", other), caller)
    linked = "CREATE custom-token: custom-function,custom-token"
    await world.operations(caller.user.id, until={linked})
    _, caller = await world.login.sessions.caller(opened.access_token, world.request())
    await world.login.logins.link(world.attempt("custom-token", other), caller)
    await world.log_in("custom-token", other)
    await world.operations(caller.user.id, until={"LOGIN custom-token: custom-function,custom-token"})
    told = [str(event["operation"]) for event in await world.documents("events", caller.user.id)]
    assert sorted(told) == sorted(["CREATE", "LOGIN", linked, "LOGIN custom-token: custom-function,custom-token"])


async def test_refusing_creation_function_makes_no_user(world: World) -> None:
    """Where the creation function throws there is no user, no session, and the refusal is in the audit log."""
    with pytest.raises(AppError, match=r"error executing user creation function: .*no room"):
        await world.log_in("custom-function", {"id": "refused"}, "192.0.2.77")

    assert await world.store.find_user_by_identity("hooks", "custom-function", "refused") is None
    entries = await world.store.find_audit_entries("hooks", events=[AuditEvent.LOGIN])
    assert [entry.error_code for entry in entries if entry.address == "192.0.2.77"] == ["AuthError"]


async def test_names_that_guests_make_up_are_not_kept(world: World) -> None:
    """A call of a function that there is not leaves nothing behind: its name may be megabytes long."""
    calls, made_up = world.server.services.calls, "x" * 100_000

    with pytest.raises(AppError, match="function not found"):
        await calls.run(world.deployment, system_caller("a test"), made_up, b"[]")

    assert made_up not in world.deployment.limits
