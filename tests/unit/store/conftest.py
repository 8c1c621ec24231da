"""A store in an empty directory, and people to keep in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.causes import Cause
from server.events import EventKind, TriggerEvent
from server.login_records import NewSession, Owed
from server.records import Identity, Session, User
from server.store import Store, open_store


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Makes records that belong together; everything is named after the person."""

    app_id: str = "app"
    now: datetime = datetime(2026, 3, 4, 5, 6, 7, 8000, UTC)

    def identity(self, name: str, provider_type: str = "custom-function") -> Identity:
        """How the person logs in."""
        return Identity(
            id=f"{name}-outside", provider_type=provider_type, provider_id="p1", data={"name": name, "n": 1}
        )

    def user(self, name: str) -> User:
        """The person, with one identity."""
        return User(id=name, app_id=self.app_id, identities=(self.identity(name),), created_at=self.now)

    def session(self, name: str, id_: str = "") -> Session:
        """A session of an hour."""
        return Session(
            id=id_ or f"{name}-session",
            app_id=self.app_id,
            user_id=name,
            device_id="d1",
            provider_type="custom-function",
            identity_id=f"{name}-outside",
            provider_id="p1",
            created_at=self.now,
            expires_at=self.now + timedelta(hours=1),
        )

    async def log_in(
        self,
        store: Store,
        session: Session,
        identity: Identity | None = None,
        owed: Sequence[Owed] = (),
        *,
        now: datetime | None = None,
    ) -> NewSession | None:
        """Open the session of whom the identity is, or of its own user."""
        return await store.open_session(
            self.app_id, identity or session.user_id,
            lambda user: NewSession(user=user, session=session, owed=owed), now=now or self.now,
        )  # fmt: skip

    def event(self, id_: str, *, after: int = 0) -> TriggerEvent:
        """A run that is owed, made so many seconds after `now`."""
        return TriggerEvent(
            id=id_,
            app_id=self.app_id,
            kind=EventKind.AUTHENTICATION,
            trigger_name="onLogin",
            function_name="greet",
            arguments=({"operationType": "LOGIN", "time": self.now},),
            created_at=self.now + timedelta(seconds=after),
            cause=Cause(trace="t1", entry="e1"),
        )


@pytest.fixture
def people() -> People:
    """People of the app `app`."""
    return People()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store's file will be."""
    return tmp_path / "identities.sqlite"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    async with open_store(path) as store:
        yield store


@pytest.fixture
async def ada(store: Store, people: People) -> User:
    """A user who is in the store, with a session."""
    user = people.user("ada")
    await store.add_user(user, people.session("ada"), [])
    return user
