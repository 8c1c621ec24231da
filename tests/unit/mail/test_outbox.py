"""The outbox: every mail is sent at least once, put off when the server is down, given up when it is hopeless."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.login_records import Mail
from server.mail.outbox import FIRST_PAUSE, MOST_ATTEMPTS, Outbox
from server.mail.transport import MailDelayed, MailRefused
from server.store import Store, open_store

NOW = datetime.now(UTC) - timedelta(minutes=1)
MAIL = Mail(id="m1", app_id="app", recipient="a@b.c", subject="s", text="t", html="h", created_at=NOW)
SECONDS = 120.0


@dataclass(slots=True)
class Carrier:
    """Takes mails, or does what it is told instead."""

    failures: list[Exception] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    tried: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, mail: Mail, sender: str) -> None:
        """Take the mail."""
        self.tried.set()
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(mail.id)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    async with open_store(tmp_path / "identity.sqlite") as opened:
        yield opened


async def settled(store: Store, count: int) -> None:
    """Wait until so many mails are owed."""
    async with asyncio.timeout(SECONDS):
        while await store.waiting_mails() != count:  # noqa: ASYNC110 - nobody tells when a row has gone
            await asyncio.sleep(0.01)


async def test_owed_mails_are_sent(store: Store) -> None:
    """What is there at the start goes out, and what comes later as soon as the outbox is woken."""
    carrier = Carrier()
    await store.add_tickets([], [MAIL])
    async with Outbox(store, carrier, "x@y.z") as outbox:
        await settled(store, 0)
        await store.add_tickets([], [replace(MAIL, id="m2")])
        outbox.wake()
        await settled(store, 0)

    assert carrier.taken == ["m1", "m2"]


@pytest.mark.parametrize("failure", [MailRefused("never"), ValueError("cannot be composed")])
async def test_hopeless_mail_is_given_up_and_holds_up_none(store: Store, failure: Exception) -> None:
    """A mail that will never go is dropped, the next one is sent."""
    carrier = Carrier(failures=[failure])
    await store.add_tickets([], [MAIL])
    async with Outbox(store, carrier, "x@y.z") as outbox:
        await settled(store, 0)
        await store.add_tickets([], [replace(MAIL, id="m2")])
        outbox.wake()
        await settled(store, 0)

    assert carrier.taken == ["m2"]


async def test_delayed_mail_is_owed_until_later(store: Store) -> None:
    """A mail that cannot go now stays, and is due again after a pause that has begun."""
    carrier = Carrier(failures=[MailDelayed("busy")])
    await store.add_tickets([], [MAIL])
    async with Outbox(store, carrier, "x@y.z"):
        async with asyncio.timeout(SECONDS):
            await carrier.tried.wait()
        async with asyncio.timeout(SECONDS):
            while not await _is_due_in(store, FIRST_PAUSE + timedelta(seconds=30)):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)

    assert (carrier.taken, await store.waiting_mails()) == ([], 1)


async def _is_due_in(store: Store, span: timedelta) -> bool:
    """Whether the mail is due by then, but not yet; asking takes it, for no time at all."""
    if await store.claim_mails(now=datetime.now(UTC), lease=timedelta(0), limit=1):
        return False
    return bool(await store.claim_mails(now=datetime.now(UTC) + span, lease=timedelta(0), limit=1))


async def test_mail_is_given_up_in_the_end(store: Store) -> None:
    """After most of a day of failures a mail is dropped."""
    carrier = Carrier(failures=[MailDelayed("busy")])
    await store.add_tickets([], [MAIL])
    for _ in range(MOST_ATTEMPTS - 1):
        await store.claim_mails(now=NOW, lease=timedelta(0), limit=1)
    async with Outbox(store, carrier, "x@y.z"):
        await settled(store, 0)

    assert carrier.taken == []
