"""Users and identities: found as they were written, one user for an identity, gone when deleted."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from server.login_records import NewSession, PasswordAccount
from server.records import User, UserType
from server.store import IdentityTaken, Store, UserGone, open_store
from server.store.errors import ProofGone
from tests.claiming import Shares

if TYPE_CHECKING:
    from tests.unit.store.conftest import People


async def test_user_is_found_as_written(store: Store, people: People) -> None:
    """Every field survives, identities keep their order, and both ways of looking give the same user."""
    user = replace(
        people.user("ada"),
        type=UserType.SERVER,
        disabled=True,
        identities=(people.identity("z", "local-userpass"), people.identity("a"), people.identity("m", "api-key")),
        last_authentication_at=people.now + timedelta(seconds=1),
    )

    await store.add_user(user, people.session("ada"), [])

    assert await store.find_user("app", "ada") == user
    assert await store.find_user_by_identity("app", "api-key", "m-outside") == user


async def test_user_of_another_app_is_not_found(store: Store, people: People, ada: User) -> None:
    """Apps share a file and nothing else: another app may have the same ids."""
    assert await store.find_user("other", "ada") is None
    assert await store.find_user_by_identity("other", "custom-function", "ada-outside") is None

    await store.add_user(replace(ada, app_id="other"), replace(people.session("ada"), app_id="other"), [])

    assert await store.delete_user("other", "ada", [])
    assert await store.find_user("app", "ada") == ada


async def test_users_survive_reopening(path: Path, people: People) -> None:
    """What was written is there for the next process."""
    async with open_store(path) as store:
        await store.add_user(people.user("ada"), people.session("ada"), [people.event("e")])

    async with open_store(path) as store:
        assert await store.find_user("app", "ada") == people.user("ada")
        assert await store.waiting_events() == 1


async def test_identity_belongs_to_one_user(store: Store, people: People, ada: User) -> None:
    """A second user with the same identity is refused, and nothing of that user stays."""
    loser = replace(people.user("bob"), identities=(people.identity("bob"), *ada.identities))

    with pytest.raises(IdentityTaken):
        await store.add_user(loser, people.session("bob"), [people.event("e")])

    assert await store.find_user("app", "bob") is None
    assert await store.find_user_by_identity("app", "custom-function", "bob-outside") is None
    assert await store.find_session("bob-session", now=people.now) is None
    assert await store.waiting_events() == 0


@pytest.mark.parametrize("stores", [1, 2])
async def test_two_at_once_make_one_user(path: Path, people: People, stores: int) -> None:
    """Of concurrent first logins with one identity, in one process or two, exactly one wins and is whole."""
    names = [f"user{number}" for number in range(8)]
    identities = people.user("ada").identities
    async with open_store(path) as one, open_store(path) as other:
        sides = [one, other][:stores]
        outcomes = await asyncio.gather(
            *(
                sides[number % stores].add_user(
                    replace(people.user(name), identities=identities), people.session(name), [people.event(name)]
                )
                for number, name in enumerate(names)
            ),
            return_exceptions=True,
        )

        winners = [name for name, outcome in zip(names, outcomes, strict=True) if outcome is None]
        owner = await one.find_user_by_identity("app", "custom-function", "ada-outside")
        sessions = [name for name in names if await other.find_session(f"{name}-session", now=people.now)]
        claimed = await one.claim_events(owner="o", now=people.now, lease=timedelta(1), sharing=Shares({"app": 10}))
        (event,) = claimed.events

    assert len(winners) == 1
    assert all(isinstance(outcome, IdentityTaken) for outcome in outcomes if outcome is not None)
    assert owner is not None
    assert [owner.id] == winners == sessions == [event.event.id]


async def test_login_refreshes_the_identity(store: Store, people: People, ada: User) -> None:
    """A known user's login keeps the new data and the time, opens the session and queues the events."""
    identity = replace(people.identity("ada"), data={"name": "Ada L."})
    later = people.now + timedelta(minutes=1)

    await people.log_in(store, people.session("ada", "second"), identity, [people.event("e")], now=later)

    assert await store.find_user("app", "ada") == replace(ada, identities=(identity,), last_authentication_at=later)
    assert await store.find_session("second", now=people.now) == people.session("ada", "second")
    assert await store.waiting_events() == 1


async def test_whose_session_it_is_is_found_as_it_is_written(store: Store, people: People, ada: User) -> None:
    """What is opened is made of the user as of its own transaction: of one who is linked meanwhile, too."""
    linked = people.identity("ada", "api-key")
    seen: list[User] = []

    def opening(user: User) -> NewSession:
        seen.append(user)
        return NewSession(user=user, session=people.session("ada", "second"))

    await asyncio.gather(
        store.add_identity("app", "ada", linked, []),
        store.open_session("app", people.identity("ada"), opening, now=people.now),
    )

    assert seen == [replace(ada, identities=(*ada.identities, linked))]


async def test_what_refuses_a_login_leaves_nothing(store: Store, people: People, ada: User) -> None:
    """A refusal on the way to the session is raised, and no data of the login are kept."""

    def opening(user: User) -> NewSession:
        raise PermissionError(user.id)

    with pytest.raises(PermissionError, match="ada"):
        await store.open_session("app", replace(people.identity("ada"), data={}), opening, now=people.now)

    assert await store.find_user("app", "ada") == ada


@pytest.mark.parametrize("fate", ["deleted", "disabled", "unlinked"])
async def test_login_of_a_user_who_is_gone_writes_nothing(store: Store, people: People, ada: User, fate: str) -> None:
    """Who was deleted or disabled, or has no such identity any more, gets no session."""
    if fate == "deleted":
        await store.delete_user("app", "ada", [])
    if fate == "disabled":
        await store.set_user_disabled("app", "ada", disabled=True)
    identity = people.identity("eve" if fate == "unlinked" else "ada")

    with pytest.raises(UserGone) if fate == "disabled" else nullcontext():
        opened = await people.log_in(store, people.session("ada", "new"), identity, [people.event("e")])
        assert opened is None

    await store.set_user_disabled("app", "ada", disabled=False)
    assert await store.find_session("new", now=people.now) is None
    assert await store.waiting_events() == 0


async def test_linked_identity_comes_last(store: Store, people: People, ada: User) -> None:
    """A linked identity leads to the same user and follows the older ones."""
    linked = people.identity("aaa", "api-key")

    await store.add_identity("app", "ada", linked, [people.event("e")])

    assert await store.find_user_by_identity("app", "api-key", "aaa-outside") == replace(
        ada, identities=(*ada.identities, linked)
    )
    assert await store.waiting_events() == 1


async def test_identity_of_another_cannot_be_linked(store: Store, people: People, ada: User) -> None:
    """Linking takes an identity from nobody, and gives none to a user who is not there."""
    await store.add_user(people.user("bob"), people.session("bob"), [])

    with pytest.raises(IdentityTaken):
        await store.add_identity("app", "bob", ada.identities[0], [people.event("e")])
    with pytest.raises(UserGone):
        await store.add_identity("app", "eve", people.identity("eve"), [people.event("e")])

    assert await store.find_user("app", "bob") == people.user("bob")
    assert await store.waiting_events() == 0


async def test_nothing_is_linked_once_the_session_or_the_credentials_are_gone(
    store: Store, people: People, ada: User
) -> None:
    """What was good when it was looked at has to be good in the transaction that links."""
    linked, session = people.identity("aaa", "api-key"), people.session("ada")
    changed = PasswordAccount(
        app_id="app", login="a@b.c", email="a@b.c", identity_id="i", hash="h1", confirmed=True, created_at=people.now
    )
    await store.add_password(replace(changed, hash="h2"), [], [])

    with pytest.raises(ProofGone):
        await store.add_identity("app", "ada", linked, [people.event("e")], proofs=[session, changed])
    await store.revoke_session(session.id)
    with pytest.raises(ProofGone):
        await store.add_identity("app", "ada", linked, [people.event("e")], proofs=[session])

    assert await store.find_user("app", "ada") == ada
    assert await store.waiting_events() == 0


async def test_deleted_user_leaves_nothing_but_the_events(store: Store, people: People, ada: User) -> None:
    """The user, the sessions and the identities go; the identity is free for a new user."""
    assert await store.delete_user("app", "ada", [people.event("e")])

    assert await store.find_user("app", "ada") is None
    assert await store.find_session("ada-session", now=people.now) is None
    assert await store.waiting_events() == 1
    await store.add_user(replace(ada, id="again"), people.session("again"), [])


async def test_nobody_is_deleted_without_events(store: Store, people: People) -> None:
    """Deleting a user who is not there says so and owes nothing."""
    assert not await store.delete_user("app", "nobody", [people.event("e")])
    assert not await store.set_user_disabled("app", "nobody", disabled=True)

    assert await store.waiting_events() == 0


async def test_users_are_listed_by_page(store: Store, people: People) -> None:
    """Ascending by id, whole users, from where the last page ended, and only those asked for."""
    for name in ("c", "a", "d", "b"):
        await store.add_user(people.user(name), people.session(name), [])
    await store.add_identity("app", "b", people.identity("k", "api-key"), [])
    await store.set_user_disabled("app", "c", disabled=True)

    assert [user.id for user in await store.find_users("app", limit=2)] == ["a", "b"]
    assert [user.id for user in await store.find_users("app", after="b")] == ["c", "d"]
    assert [user.id for user in await store.find_users("app", disabled=True)] == ["c"]
    assert [user.id for user in await store.find_users("app", disabled=False)] == ["a", "b", "d"]
    assert await store.find_users("app", provider_types=["api-key"]) == [await store.find_user("app", "b")]
    assert await store.find_users("other") == []
