"""Sessions: found while they are good, and never again once they are not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from server.records import User
from server.store import Store

if TYPE_CHECKING:
    from tests.unit.store.conftest import People


async def test_session_is_found_until_it_expires(store: Store, people: People, ada: User) -> None:
    """A session is good up to its end, and not at its end."""
    session = people.session(ada.id)

    assert await store.find_session(session.id, now=session.expires_at - timedelta(milliseconds=1)) == session
    assert await store.find_session(session.id, now=session.expires_at) is None
    assert await store.find_session("never was", now=people.now) is None


async def test_revoked_session_is_gone(store: Store, people: People, ada: User) -> None:
    """Revoking ends one session, once."""
    await people.log_in(store, people.session("ada", "second"), ada.identities[0])

    assert await store.revoke_session("second")
    assert not await store.revoke_session("second")
    assert await store.find_session("second", now=people.now) is None
    assert await store.find_session("ada-session", now=people.now) is not None


async def test_all_sessions_of_a_user_are_revoked(store: Store, people: People, ada: User) -> None:
    """A user's sessions end together; other people's go on."""
    await store.add_user(people.user("bob"), people.session("bob"), [])
    await people.log_in(store, people.session("ada", "second"), ada.identities[0])

    assert await store.revoke_sessions("app", "ada") == 2
    assert await store.revoke_sessions("app", "ada") == 0
    assert await store.find_session("second", now=people.now) is None
    assert await store.find_session("bob-session", now=people.now) is not None


@pytest.mark.parametrize("enabled_again", [False, True])
async def test_disabled_users_sessions_are_gone(
    store: Store, people: People, ada: User, *, enabled_again: bool
) -> None:
    """Disabling ends the sessions for good; enabling allows a new login, not the old sessions."""
    assert await store.set_user_disabled("app", "ada", disabled=True)
    if enabled_again:
        assert await store.set_user_disabled("app", "ada", disabled=False)

    assert await store.find_session("ada-session", now=people.now) is None


async def test_deleted_users_sessions_are_gone(store: Store, people: People, ada: User) -> None:
    """Deleting a user ends the sessions, also if a user with the same id should come."""
    await store.delete_user("app", "ada", [])

    assert await store.find_session("ada-session", now=people.now) is None
    await store.add_user(ada, people.session("ada", "new"), [])
    assert await store.find_session("ada-session", now=people.now) is None


async def test_expired_sessions_are_removed(store: Store, people: People, ada: User) -> None:
    """Cleaning up takes the expired ones, and only those."""
    session = people.session(ada.id)

    assert await store.remove_expired_sessions(now=session.expires_at - timedelta(milliseconds=1)) == 0
    assert await store.find_session(session.id, now=people.now) is not None
    assert await store.remove_expired_sessions(now=session.expires_at) == 1
    assert await store.find_session(session.id, now=people.now) is None
