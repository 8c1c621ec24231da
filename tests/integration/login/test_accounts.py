"""Accounts as administrators and resource servers see them: every change takes effect at once and is audited."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import bcrypt
import pytest

from server.auth.ids import new_id
from server.auth.passwords import needs_upgrade
from server.calls.registry import Registry
from server.ejson import Value
from server.errors import AppError
from server.login import api_key, local_userpass
from server.login.attempt import Verified, identity_of
from server.login.doors import open_session
from server.login.hashing import PasswordHashing
from server.login.housekeeping import Housekeeping
from server.login_records import AuditEntry, AuditEvent, Mail, PasswordAccount
from server.records import UserType
from server.store.errors import ProofGone
from tests.integration.login.conftest import FREE_FAILURES, PAGE, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct horse"


async def code_of(world: World, provider: str, credentials: dict[str, object], address: str) -> str:
    """Why a login is refused; empty where it is not."""
    try:
        await world.log_in(provider, dict(credentials), address)
    except AppError as error:
        return error.code.value
    return ""


async def test_created_user_is_confirmed_and_audited(world: World) -> None:
    """An administrator's user exists at once, has never logged in, went through the door, and may log in."""
    user = await world.users().add("Made@Example.org", PASSWORD)
    found = await world.users().find(user.id)
    opened = await world.log_in("local-userpass", {"username": "made@example.org", "password": PASSWORD})

    assert (found.last_authentication_at, found.data) == (None, {"email": "Made@Example.org"})
    assert opened.user_id == user.id
    assert await world.operations(user.id, until={"CREATE", "LOGIN"})
    assert len(await world.documents("people", user.id)) == 1
    with pytest.raises(AppError, match="name already in use"):
        await world.users().add("made@example.ORG", PASSWORD)


async def test_disabled_user_is_out_at_once_and_back_when_enabled(world: World) -> None:
    """Disabling ends sessions and refuses logins, by API key as well; enabling lets the same user in again."""
    opened = await world.log_in("custom-function", {"id": "to be disabled"})
    _, session = await world.login.sessions.session(opened.refresh_token or "")
    key = await world.login.api_keys.create(world.deployment, session, "key", world.request())
    await world.users("192.0.2.9").set_disabled(opened.user_id, disabled=True)

    assert await code_of(world, "custom-function", {"id": "to be disabled"}, "192.0.2.10") == "UserDisabled"
    assert await code_of(world, "api-key", {"key": key.text}, "192.0.2.10") == "UserDisabled"
    with pytest.raises(AppError, match="failed to find refresh token"):
        await world.login.sessions.session(opened.refresh_token or "")
    await world.users().set_disabled(opened.user_id, disabled=False)
    assert (await world.log_in("custom-function", {"id": "to be disabled"}, "192.0.2.10")).user_id == opened.user_id
    entries = await world.store.find_audit_entries("hooks", events=[AuditEvent.USER_DISABLED])
    assert (entries[0].user_id, entries[0].address) == (opened.user_id, "192.0.2.9")


async def test_revoked_sessions_are_over_at_once(world: World) -> None:
    """With the app's option an access token ends with its session: one session, or all of a user."""
    first = await world.log_in("custom-function", {"id": "revoked"})
    second = await world.log_in("custom-function", {"id": "revoked"})
    _, caller = await world.login.sessions.caller(first.access_token, world.request())
    await world.users().end_session(first.user_id, caller.session_id)

    with pytest.raises(AppError, match="failed to find refresh token"):
        await world.login.sessions.caller(first.access_token, world.request())
    await world.login.sessions.caller(second.access_token, world.request())
    with pytest.raises(AppError, match="session not found"):
        await world.users().end_session(first.user_id, caller.session_id)
    await world.users().revoke_sessions(first.user_id)
    with pytest.raises(AppError, match="failed to find refresh token"):
        await world.login.sessions.caller(second.access_token, world.request())


@pytest.mark.parametrize("tells", [True, False])
async def test_owner_of_a_password_is_told_unless_the_app_says_no(world: World, *, tells: bool) -> None:
    """A reset owes a mail to the address that was registered, and an entry; an app may do without the mail."""
    email = f"told-{tells:d}@example.org"
    app = world.userpass()
    security = replace(app.deployment.app.security, mails_password_changes=tells)
    app = replace(app, deployment=replace(app.deployment, app=replace(app.deployment.app, security=security)))
    await world.login.registrations.register(app, email, PASSWORD)
    account = await world.store.find_password("hooks", email)
    assert account is not None
    owed = world.login.resets._reset_owes(app, account, datetime.now(UTC))

    assert [one.recipient for one in owed if isinstance(one, Mail)] == [email] * tells
    assert [one.event for one in owed if isinstance(one, AuditEntry)] == [AuditEvent.PASSWORD_RESET]


async def test_devices_are_listed(world: World) -> None:
    """A user's devices come with what the client said of them."""
    attempt = replace(
        world.attempt("custom-function", {"id": "on devices"}), device_id="d" * 24, device={"platform": "node"}
    )
    opened = await world.login.logins.log_in(attempt)

    (device,) = await world.store.find_devices("hooks", opened.user_id)
    assert (device.id, device.description) == ("d" * 24, {"platform": "node"})


async def test_server_key_introspects(world: World) -> None:
    """A server key sees what a token is worth: all of it, or nothing once its session has ended."""
    key = await world.login.api_keys.create_server_key(world.deployment, "introspector", world.request())
    opened = await world.log_in("custom-function", {"id": "introspected"})
    oauth, deployment = world.login.oauth, world.deployment
    await oauth.check_resource_server(deployment, key.text)
    answer = await oauth.introspect(deployment, opened.access_token, "https://issuer.example")
    refresh = await oauth.introspect(deployment, opened.refresh_token or "", "https://issuer.example")

    assert (answer["active"], answer["sub"], answer["iss"]) == (True, opened.user_id, "https://issuer.example")
    assert (answer["aud"], answer["token_type"], refresh["token_type"]) == ("hooks", "Bearer", "refresh_token")
    await world.users().revoke_sessions(opened.user_id)
    for token in (opened.access_token, opened.refresh_token or "", "nonsense"):
        assert await oauth.introspect(deployment, token, "https://issuer.example") == {"active": False}
    await world.users().set_disabled(key.key.user_id, disabled=True)
    with pytest.raises(AppError, match="introspection takes a server API key"):
        await oauth.check_resource_server(deployment, key.text)
    await world.users().set_disabled(key.key.user_id, disabled=False)
    await oauth.check_resource_server(deployment, key.text)
    await world.login.api_keys.set_server_key_disabled("hooks", key.key.id, world.request(), disabled=True)
    with pytest.raises(AppError, match="introspection takes a server API key"):
        await oauth.check_resource_server(deployment, key.text)


async def test_server_key_is_a_server_user(world: World) -> None:
    """A server key's session is of a user of type server, who goes with the key."""
    made = await world.login.api_keys.create_server_key(world.deployment, "robot", world.request())
    opened = await world.log_in("api-key", {"key": made.text})
    user = await world.users().find(opened.user_id)

    assert (user.type, user.identities[0].id, user.data) == (UserType.SERVER, made.key.id, {"name": "robot"})
    assert made.key.id in [key.id for key in await world.login.api_keys.server_keys("hooks")]
    await world.login.api_keys.delete_server_key(world.deployment, made.key.id, world.request())
    assert await code_of(world, "api-key", {"key": made.text}, "192.0.2.11") == "AuthError"
    with pytest.raises(AppError, match="API key not found"):
        await world.login.api_keys.delete_server_key(world.deployment, made.key.id, world.request())


def _pbkdf2() -> str:
    made = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt", 1000)
    return f"pbkdf2_sha256$1000$salt${b64encode(made).decode()}"


def _scrypt() -> str:
    salt, made = b"0123456789abcdef", hashlib.scrypt(PASSWORD.encode(), salt=b"0123456789abcdef", n=1024, r=8, p=1)
    texts = (b64encode(part).decode().rstrip("=") for part in (salt, made))
    return "$scrypt$ln=10,r=8,p=1$" + "$".join(texts)


IMPORTED = {
    "bcrypt": lambda: bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    "pbkdf2": _pbkdf2,
    "scrypt": _scrypt,
}


@pytest.mark.parametrize("kind", IMPORTED)
async def test_imported_hash_is_upgraded_at_login(world: World, kind: str) -> None:
    """A hash of another system lets in whoever knows the password, once; from then on it is argon2id."""
    login = f"{kind}@example.org"
    account = PasswordAccount(
        app_id="hooks", login=login, email=login, identity_id=new_id(), hash=IMPORTED[kind](), confirmed=True,
        created_at=datetime.now(UTC),
    )  # fmt: skip
    await world.store.add_password(account, [], [])
    wrong = await code_of(world, "local-userpass", {"username": login, "password": "wrong horse"}, "192.0.2.12")
    await world.log_in("local-userpass", {"username": login, "password": PASSWORD}, "192.0.2.13")
    upgraded = await world.store.find_password("hooks", login)

    assert wrong == "InvalidPassword"
    assert upgraded is not None
    assert not needs_upgrade(upgraded.hash)
    await world.log_in("local-userpass", {"username": login, "password": PASSWORD}, "192.0.2.13")


class CountingHashing(PasswordHashing):
    """Notes what was verified."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self.costs: list[str] = []

    async def verify(self, hash_: str | None, password: str) -> bool:
        """Verify, and note by which parameters."""
        self.costs.append((hash_ or self._nobodys).rpartition("$")[0].rpartition("$")[0])
        return await super().verify(hash_, password)


async def test_unknown_user_costs_what_a_wrong_password_does(world: World) -> None:
    """An address that is not registered has a hash of the same cost verified, and the same answer."""
    await world.login.registrations.register(world.userpass(), "costly@example.org", PASSWORD)
    async with CountingHashing() as hashing:
        texts = []
        for name in ("costly", "nobody"):
            attempt = world.attempt("local-userpass", {"username": f"{name}@example.org", "password": "wrong horse"})
            with pytest.raises(AppError) as refused:
                await local_userpass.authenticate(replace(attempt, tools=replace(attempt.tools, hashing=hashing)))
            texts.append((refused.value.code, refused.value.message))

    assert texts[0] == texts[1]
    assert hashing.costs == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


class MeanwhileHashing(PasswordHashing):
    """Lets something happen right after a password was verified for the first time."""

    def __init__(self, happens: Callable[[], Awaitable[None]]) -> None:
        super().__init__(threads=1)
        self._happens: Callable[[], Awaitable[None]] | None = happens

    async def verify(self, hash_: str | None, password: str) -> bool:
        """Verify; then the world moves on."""
        is_right = await super().verify(hash_, password)
        happens, self._happens = self._happens, None
        if happens is not None:
            await happens()
        return is_right


async def set_password(world: World, login: str, password: str) -> None:
    """Set the password of an address, as a reset does."""
    account = await world.store.find_password("hooks", login)
    assert account is not None
    await world.store.set_password(account, await world.login.hashing.hash(password), [])


@pytest.mark.parametrize("is_known", [True, False])
async def test_reset_ends_logins_under_way(world: World, *, is_known: bool) -> None:
    """A login with the old password that a reset overtakes opens no session, be the user new or known."""
    login = f"overtaken-{is_known:d}@example.org"
    credentials: dict[str, Value] = {"username": login, "password": PASSWORD}
    address = f"192.0.2.2{is_known:d}"
    await world.login.registrations.register(world.userpass(address), login, PASSWORD)
    if is_known:
        await world.log_in("local-userpass", credentials, address)

    async def reset() -> None:
        await set_password(world, login, "another horse")

    async with MeanwhileHashing(reset) as hashing:
        attempt = world.attempt("local-userpass", credentials, address)
        with pytest.raises(AppError, match="unauthorized"):
            await world.login.logins.log_in(replace(attempt, tools=replace(attempt.tools, hashing=hashing)))

    opened = await world.log_in("local-userpass", credentials | {"password": "another horse"}, address)
    assert len(await world.store.find_sessions("hooks", opened.user_id, now=datetime.now(UTC))) == 1


async def test_better_hash_made_meanwhile_refuses_nobody(world: World) -> None:
    """The same password under another hash, which another process just made, lets in as before."""
    login = "rehashed@example.org"
    await world.login.registrations.register(world.userpass("192.0.2.22"), login, PASSWORD)

    async def rehash() -> None:
        await set_password(world, login, PASSWORD)

    async with MeanwhileHashing(rehash) as hashing:
        attempt = world.attempt("local-userpass", {"username": login, "password": PASSWORD}, "192.0.2.22")
        opened = await world.login.logins.log_in(replace(attempt, tools=replace(attempt.tools, hashing=hashing)))
    assert len(await world.store.find_sessions("hooks", opened.user_id, now=datetime.now(UTC))) == 1


async def test_key_that_is_disabled_meanwhile_opens_nothing(world: World) -> None:
    """A key that was good when it was verified, and is not when its session is written, opens none."""
    opened = await world.log_in("custom-function", {"id": "key owner"}, "192.0.2.23")
    _, session = await world.login.sessions.session(opened.refresh_token or "")
    key = await world.login.api_keys.create(world.deployment, session, "key", world.request())
    attempt = world.attempt("api-key", {"key": key.text}, "192.0.2.23")
    verified = await api_key.authenticate(attempt)
    await world.login.api_keys.set_disabled(session, key.key.id, world.request(), disabled=True)

    with pytest.raises(ProofGone):
        await open_session(attempt, verified, timedelta(hours=1), datetime.now(UTC))
    with pytest.raises(AppError, match="unauthorized"):
        await world.login.logins.log_in(attempt)


async def test_ended_session_links_nothing(world: World) -> None:
    """Who holds an access token, or has begun a flow, cannot leave a way back in once the session was ended."""
    opened = await world.log_in("custom-function", {"id": "linked too late"}, "192.0.2.24")
    _, caller = await world.login.sessions.caller(opened.access_token, world.request())
    await world.login.registrations.register(world.userpass("192.0.2.24"), "late@example.org", PASSWORD)
    await world.users().revoke_sessions(opened.user_id)
    attempt = world.attempt("local-userpass", {"username": "late@example.org", "password": PASSWORD}, "192.0.2.24")

    with pytest.raises(AppError, match="failed to find refresh token"):
        await world.login.logins.link(attempt, caller)
    assert len((await world.users().find(opened.user_id)).identities) == 1


@pytest.mark.parametrize("what", ["session", "password"])
async def test_link_under_way_ends_with_what_it_rests_on(world: World, what: str) -> None:
    """A session that is revoked, or a password that is changed, while the credentials are looked at, links nothing."""
    login, address = f"linked-{what}@example.org", "192.0.2.25"
    opened = await world.log_in("custom-function", {"id": f"linked while {what}"}, address)
    _, caller = await world.login.sessions.caller(opened.access_token, world.request())
    await world.login.registrations.register(world.userpass(address), login, PASSWORD)

    async def happens() -> None:
        if what == "session":
            await world.users().revoke_sessions(opened.user_id)
        else:
            await set_password(world, login, "another horse")

    async with MeanwhileHashing(happens) as hashing:
        attempt = world.attempt("local-userpass", {"username": login, "password": PASSWORD}, address)
        with pytest.raises(AppError) as refused:
            await world.login.logins.link(replace(attempt, tools=replace(attempt.tools, hashing=hashing)), caller)

    assert refused.value.code == ("InvalidSession" if what == "session" else "InvalidParameter")
    assert len((await world.users().find(opened.user_id)).identities) == 1


async def test_made_up_reset_token_costs_no_hash(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever makes up tokens, which nobody counts, cannot keep the threads busy that hash passwords."""
    monkeypatch.setattr(PasswordHashing, "hash", None)

    with pytest.raises(AppError, match="userpass token is expired or invalid"):
        await world.login.resets.reset(world.userpass(), "made-up", new_id(), "a fine new horse")


async def begin_flow(world: World, address: str, state: str = "") -> str:
    """Begin an OAuth flow; why it is refused, if it is."""
    attempt = world.attempt("oauth2-oidc", {}, address)
    try:
        await world.login.logins.begin_flow(attempt, PAGE, state, "https://server.example/callback", None)
    except AppError as refusal:
        return refusal.code.value
    return ""


async def test_flows_that_nobody_ends_are_counted(world: World) -> None:
    """Whoever begins flows and ends none has to wait soon; one that ends with tokens clears the way for all."""
    address = "192.0.2.26"
    begun = [await begin_flow(world, address) for _ in range(FREE_FAILURES + 1)]
    refused, elsewhere = await begin_flow(world, address), await begin_flow(world, "192.0.2.27")
    attempt = world.attempt("oauth2-oidc", {}, address)

    async def verify() -> Verified:
        return identity_of(attempt, "who came back")

    await world.login.logins.log_in(attempt, verify)

    assert ({*begun}, refused, elsewhere) == ({""}, "TooManyRequests", "")
    assert await begin_flow(world, address) == ""
    assert await begin_flow(world, "192.0.2.28", "s" * 1024) == ""
    assert await begin_flow(world, "192.0.2.28", "s" * 1025) == "BadRequest"


async def test_what_is_over_is_removed(world: World) -> None:
    """Expired sessions, counts and old audit entries go; what can still be used stays."""
    opened = await world.log_in("custom-function", {"id": "tidy"})
    registry = Registry()
    registry.put(world.deployment)
    housekeeping = Housekeeping(world.store, registry, timedelta(days=365))

    await housekeeping.clean(datetime.now(UTC))
    await world.login.sessions.session(opened.refresh_token or "")
    assert await world.store.find_audit_entries("hooks", user_id=opened.user_id)
    assert await housekeeping.clean(datetime.now(UTC) + timedelta(days=400)) > 0
    assert await world.store.find_audit_entries("hooks", user_id=opened.user_id) == []
    with pytest.raises(AppError, match="failed to find refresh token"):
        await world.login.sessions.session(opened.refresh_token or "")
