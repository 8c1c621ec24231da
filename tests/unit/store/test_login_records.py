"""API keys, devices, failures, mails and the audit log: found as written, gone when they should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from server.login_records import ApiKey, ApiKeyKind, AuditEntry, AuditEvent, Mail, NewApiKey
from server.records import Identity, User, UserType
from server.store import IdentityTaken, Store
from server.store.errors import KeyNameTaken, ProofGone, TooManyKeys

if TYPE_CHECKING:
    from tests.unit.store.conftest import People

HOUR = timedelta(hours=1)


def key(people: People, id_: str = "k1", name: str = "ci") -> ApiKey:
    """A key of ada."""
    return ApiKey(id=id_, app_id=people.app_id, user_id="ada", kind=ApiKeyKind.USER, name=name, created_at=people.now)


def entry(people: People, id_: str, after: int = 0) -> AuditEntry:
    """A login of ada."""
    at = people.now + timedelta(seconds=after)
    return AuditEntry(id=id_, app_id=people.app_id, at=at, event=AuditEvent.LOGIN, user_id="ada", address="192.0.2.1")


def mail(people: People) -> Mail:
    """A mail to ada."""
    return Mail(id="m", app_id="app", recipient="a@b.c", subject="s", text="t", html="h", created_at=people.now)


async def test_key_is_found_by_its_hash_within_its_app(store: Store, people: People, ada: User) -> None:
    """A key's hash leads to the key, in its own app, until it is deleted."""
    await store.add_api_key(NewApiKey(key=key(people), key_hash=b"hash", limit=20), [])

    assert await store.find_api_key_by_hash("app", b"hash") == key(people)
    assert await store.find_api_key_by_hash("other", b"hash") is None
    assert not await store.delete_api_key("app", "bob", "k1", [])
    assert await store.delete_api_key("app", "ada", "k1", [])
    assert await store.find_api_keys("app", "ada") == []


async def test_key_is_not_made_once_its_session_is_over(store: Store, people: People, ada: User) -> None:
    """A key that a session asked for which was revoked meanwhile would outlive the revocation: it is not kept."""
    session = people.session("ada")
    kept = NewApiKey(key=key(people), key_hash=b"hash", limit=20)
    await store.revoke_session(session.id)

    with pytest.raises(ProofGone):
        await store.add_api_key(kept, [entry(people, "e")], proof=session)

    assert await store.find_api_keys("app", "ada") == []
    assert await store.find_audit_entries("app") == []


async def test_names_are_taken_once_and_keys_are_counted(store: Store, people: People, ada: User) -> None:
    """A second key of one name and one too many are refused, and nothing of them is kept."""
    await store.add_api_key(NewApiKey(key=key(people), key_hash=b"1", limit=2), [])

    with pytest.raises(KeyNameTaken):
        await store.add_api_key(NewApiKey(key=key(people, "k2"), key_hash=b"2", limit=2), [])
    await store.add_api_key(NewApiKey(key=key(people, "k2", "cd"), key_hash=b"2", limit=2), [])
    with pytest.raises(TooManyKeys):
        await store.add_api_key(NewApiKey(key=key(people, "k3", "ce"), key_hash=b"3", limit=2), [])

    assert [one.id for one in await store.find_api_keys("app", "ada")] == ["k1", "k2"]


async def test_disabled_key_ends_its_sessions(store: Store, people: People, ada: User) -> None:
    """Sessions opened with a key end when it is disabled; others go on."""
    await store.add_api_key(NewApiKey(key=key(people), key_hash=b"hash", limit=20), [])
    of_key = replace(people.session("ada", "by-key"), provider_type="api-key", identity_id="k1")
    await people.log_in(store, of_key)

    assert await store.set_api_key_disabled("app", "ada", "k1", [entry(people, "e")], disabled=True)

    assert [session.id for session in await store.find_sessions("app", "ada", now=people.now)] == ["ada-session"]
    assert (await store.find_api_keys("app", "ada"))[0].disabled
    assert len(await store.find_audit_entries("app")) == 1


async def test_server_key_comes_with_its_user(store: Store, people: People) -> None:
    """A server key's user is written with it, and names are taken among all server keys of the app."""
    identity = Identity(id="k1", provider_type="api-key", provider_id="p", data={"name": "ci"})
    user = replace(people.user("bot"), type=UserType.SERVER, identities=(identity,))
    server_key = replace(key(people), user_id="bot", kind=ApiKeyKind.SERVER)
    await store.add_user(user, None, [], api_key=NewApiKey(key=server_key, key_hash=b"1", limit=1))

    for name, refusal in (("ci", KeyNameTaken), ("other", TooManyKeys)):
        again = NewApiKey(key=replace(server_key, id="k2", user_id="bot2", name=name), key_hash=b"2", limit=1)
        with pytest.raises(refusal):
            await store.add_user(replace(user, id="bot2", identities=()), None, [], api_key=again)

    assert await store.find_server_keys("app") == [server_key]
    assert await store.find_user("app", "bot") == user
    assert await store.find_user("app", "bot2") is None


async def test_devices_are_seen_at_logins(store: Store, people: People, ada: User) -> None:
    """A device is kept with its first and last login and its newest description, and goes with the user."""
    first = replace(people.session("ada", "s1"), device={"platform": "node"})
    second = replace(first, id="s2", created_at=people.now + HOUR, device={"platform": "chrome"})
    await people.log_in(store, first)
    await people.log_in(store, second)

    (device,) = await store.find_devices("app", "ada")
    assert (device.id, device.description) == ("d1", {"platform": "chrome"})
    assert (device.first_seen_at, device.last_seen_at) == (people.now, people.now + HOUR)
    await store.delete_user("app", "ada", [])
    assert await store.find_devices("app", "ada") == []


async def test_failures_are_counted_forgotten_and_removed(store: Store, people: People) -> None:
    """A counter counts until it is forgotten or too old."""
    for number in range(3):
        at = people.now + timedelta(seconds=number)
        await store.count_failure("app", ["a", "b"], now=at, forgotten_after=HOUR)
    await store.forget_failures("app", ["b"])

    found = await store.find_failures("app", ["a", "b", "c"])
    assert {name: one.count for name, one in found.items()} == {"a": 3}
    await store.count_failure("app", ["a"], now=people.now + 2 * HOUR, forgotten_after=HOUR)
    assert (await store.find_failures("app", ["a"]))["a"].count == 1
    assert await store.remove_old_failures(before=people.now + 3 * HOUR) == 1


async def test_mail_is_owed_with_its_cause_until_sent(store: Store, people: People, ada: User) -> None:
    """A mail is claimed by one at a time, again after the lease, and no more once it is sent."""
    await store.revoke_session("ada-session", [mail(people)])
    assert await store.claim_mails(now=people.now, lease=HOUR, limit=9) == [(mail(people), 1)]
    assert await store.claim_mails(now=people.now, lease=HOUR, limit=9) == []
    assert await store.claim_mails(now=people.now + HOUR, lease=HOUR, limit=9) == [(mail(people), 2)]

    await store.finish_mail("m")

    assert await store.waiting_mails() == 0
    assert not await store.revoke_session("ada-session", [mail(people)])
    assert await store.waiting_mails() == 0


async def test_audit_log_is_newest_first_and_by_user(store: Store, people: People) -> None:
    """Entries come back newest first, of one app, of one user or all, of some events or all."""
    bob = replace(entry(people, "b", 1), user_id="bob", event=AuditEvent.LOGOUT)
    await store.add_audit_entries([entry(people, "a"), bob, replace(entry(people, "x"), app_id="other")])

    assert [one.id for one in await store.find_audit_entries("app")] == ["b", "a"]
    assert [one.id for one in await store.find_audit_entries("app", user_id="ada")] == ["a"]
    assert await store.find_audit_entries("app", events=[AuditEvent.LOGOUT]) == [bob]
    assert await store.remove_audit_entries("app", before=bob.at) == 1


async def test_user_has_one_identity_of_a_provider(store: Store, people: People, ada: User) -> None:
    """A second identity of the same provider is not linked, and the audit entry of it is not written."""
    with pytest.raises(IdentityTaken):
        await store.add_identity("app", "ada", people.identity("other"), [entry(people, "e")])

    assert await store.find_audit_entries("app") == []


async def test_only_the_newest_generation_rotates(store: Store, people: People, ada: User) -> None:
    """A session's generation goes up by one, for whoever knows the newest."""
    assert await store.rotate_session("ada-session", 0, now=people.now)
    assert not await store.rotate_session("ada-session", 0, now=people.now)
    found = await store.find_session("ada-session", now=people.now)

    assert found is not None
    assert found.generation == 1
    assert not await store.rotate_session("ada-session", 1, now=people.now + HOUR)


async def test_imported_user_keeps_the_id_and_comes_once(store: Store, people: People) -> None:
    """An import writes a user once; the second time it says so and changes nothing."""
    assert await store.import_user(people.user("ada"), None, [])
    assert not await store.import_user(replace(people.user("ada"), disabled=True), None, [])
    assert await store.find_user("app", "ada") == people.user("ada")


async def test_mails_are_due_at_the_start(store: Store, people: People) -> None:
    """A mail that a dead process was sending, or had put off, is due for the next one at once."""
    await store.add_tickets([], [mail(people)])
    await store.claim_mails(now=people.now, lease=HOUR, limit=1)

    assert await store.release_mails() == 1
    assert len(await store.claim_mails(now=people.now, lease=HOUR, limit=1)) == 1
