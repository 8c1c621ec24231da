"""Addresses, passwords and the tickets to confirm and reset them: one owner, used once, gone with the user."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from server.login_records import PasswordAccount, Ticket
from server.records import Identity
from server.store import Store
from server.store.errors import AccountTaken, TicketInvalid

if TYPE_CHECKING:
    from tests.unit.store.conftest import People

SECRET = b"hash of a secret"


def account(people: People, login: str = "ada@example.org", **changes: object) -> PasswordAccount:
    """A registration that is not confirmed."""
    made = PasswordAccount(
        app_id=people.app_id, login=login, email=login.title(), identity_id=f"{login}-id", hash="h1",
        confirmed=False, created_at=people.now,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def ticket(people: People, purpose: str, login: str = "ada@example.org") -> Ticket:
    """A ticket of an hour."""
    return Ticket(
        id=f"{purpose}-{login}", app_id=people.app_id, purpose=purpose, subject=login, secret_hash=SECRET,
        expires_at=people.now + timedelta(hours=1),
    )  # fmt: skip


async def test_address_is_registered_once(store: Store, people: People) -> None:
    """Of many registrations at once one wins; the others wrote nothing."""
    attempts = [store.add_password(account(people, identity_id=str(number)), [], []) for number in range(50)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, AccountTaken) for outcome in outcomes) == 49


async def test_registration_is_found_as_written_until_confirmed(store: Store, people: People) -> None:
    """A registration is pending up to its confirmation, which happens once."""
    await store.add_password(account(people), [ticket(people, "confirm")], [])
    assert await store.find_password("app", "ada@example.org") == account(people)
    assert await store.find_pending("app") == [account(people)]

    await store.confirm_by_ticket("app", "confirm-ada@example.org", SECRET, [people.event("e")], now=people.now)

    assert await store.find_password("app", "ada@example.org") == account(people, confirmed=True)
    assert (await store.find_pending("app"), await store.waiting_events()) == ([], 1)
    assert not await store.confirm_password("app", "ada@example.org", [people.event("e2")])
    assert not await store.delete_pending("app", "ada@example.org")
    assert await store.waiting_events() == 1


@pytest.mark.parametrize(
    ("id_", "secret", "seconds"),
    [
        ("confirm-ada@example.org", b"another", 0),
        ("nothing", SECRET, 0),
        ("confirm-ada@example.org", SECRET, 3600),
        ("reset-ada@example.org", SECRET, 0),
    ],
)
async def test_ticket_that_is_not_good_does_nothing(
    store: Store, people: People, id_: str, secret: bytes, seconds: int
) -> None:
    """A wrong secret, an unknown id, an expired ticket and one for another purpose are refused alike."""
    tickets = [ticket(people, "confirm"), ticket(people, "reset")]
    await store.add_password(account(people), tickets, [])

    with pytest.raises(TicketInvalid):
        await store.confirm_by_ticket("app", id_, secret, [], now=people.now + timedelta(seconds=seconds))

    assert await store.find_pending("app") == [account(people)]


async def test_reset_ends_sessions_and_older_tickets(store: Store, people: People) -> None:
    """A reset by ticket sets the hash, ends the user's sessions, and no ticket given out before works any more."""
    identity = Identity(id="ada@example.org-id", provider_type="local-userpass", provider_id="p")
    user = replace(people.user("ada"), identities=(identity,))
    await store.add_user(user, people.session("ada"), [], password=account(people, confirmed=True))
    second = replace(ticket(people, "reset"), id="second")
    await store.add_tickets([ticket(people, "reset"), second], [])

    await store.reset_by_ticket("app", "second", SECRET, "h2", lambda _: [], now=people.now)

    found = await store.find_password("app", "ada@example.org")
    assert found is not None
    assert found.hash == "h2"
    assert await store.find_session("ada-session", now=people.now) is None
    for used in ("second", "reset-ada@example.org"):
        with pytest.raises(TicketInvalid):
            await store.reset_by_ticket("app", used, SECRET, "h3", lambda _: [], now=people.now)


async def test_what_was_mailed_ends_with_the_account(store: Store, people: People) -> None:
    """Neither link works for whoever registers the address after its user was deleted, or its registration."""
    identity = Identity(id="ada@example.org-id", provider_type="local-userpass", provider_id="p")
    user = replace(people.user("ada"), identities=(identity,))
    await store.add_user(user, people.session("ada"), [], password=account(people, confirmed=True))
    await store.add_tickets([ticket(people, "reset")], [])
    await store.delete_user("app", "ada", [])
    await store.add_password(account(people, identity_id="next"), [], [])
    await store.add_tickets([replace(ticket(people, "reset"), id="pending")], [])
    assert await store.delete_pending("app", "ada@example.org")
    await store.add_password(account(people, identity_id="last"), [], [])

    for sent in ("reset-ada@example.org", "pending"):
        assert not await store.has_ticket("app", sent, "reset", SECRET, now=people.now)
        with pytest.raises(TicketInvalid):
            await store.reset_by_ticket("app", sent, SECRET, "h2", lambda _: [], now=people.now)


async def test_password_is_set_for_the_account_that_was_meant(store: Store, people: People) -> None:
    """An account that was deleted and registered anew by somebody else keeps its password, and nothing is owed."""
    await store.add_password(account(people, identity_id="next"), [], [])

    await store.set_password(account(people), "h2", [people.event("e")])

    found = await store.find_password("app", "ada@example.org")
    assert found is not None
    assert (found.hash, await store.waiting_events()) == (account(people).hash, 0)


async def test_ticket_is_taken_once(store: Store, people: People) -> None:
    """Of many who take a ticket at once one gets it, with its data."""
    await store.add_tickets([replace(ticket(people, "oauth"), data={"n": 1})], [])
    takes = [store.take_ticket("app", "oauth-ada@example.org", "oauth", SECRET, now=people.now) for _ in range(20)]
    outcomes = await asyncio.gather(*takes, return_exceptions=True)

    taken = [outcome for outcome in outcomes if isinstance(outcome, Ticket)]
    assert [one.data for one in taken] == [{"n": 1}]


async def test_hash_is_replaced_only_if_unchanged(store: Store, people: People) -> None:
    """A better hash of an old password never overwrites a new one."""
    await store.add_password(account(people), [], [])
    await store.set_password(account(people), "h2", [])

    await store.replace_hash(account(people), "h1 again")

    found = await store.find_password("app", "ada@example.org")
    assert found is not None
    assert found.hash == "h2"


async def test_deleted_user_frees_the_address(store: Store, people: People) -> None:
    """With the user goes the password, so that the address can be registered again."""
    identity = Identity(id="ada@example.org-id", provider_type="local-userpass", provider_id="p")
    user = replace(people.user("ada"), identities=(identity,))
    await store.add_user(user, None, [], password=account(people, confirmed=True))

    await store.delete_user("app", "ada", [])

    assert await store.find_password("app", "ada@example.org") is None
    await store.add_password(account(people), [], [])


async def test_expired_tickets_are_removed(store: Store, people: People) -> None:
    """What can be used no more does not pile up."""
    await store.add_tickets([ticket(people, "reset")], [])

    assert await store.remove_expired_tickets(now=people.now) == 0
    assert await store.remove_expired_tickets(now=people.now + timedelta(hours=1)) == 1
