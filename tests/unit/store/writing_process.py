"""Adds users to the store at the path given, and prints each name once the store has acknowledged it."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

from server.events import EventKind, TriggerEvent
from server.records import Identity, Session, User
from server.store import Store, open_store

NOW = datetime(2026, 3, 4, tzinfo=UTC)


async def add(store: Store, name: str) -> None:
    """Add a user with session and event, and say so."""
    identity = Identity(id=name, provider_type="custom-function", provider_id="p")
    session = Session(
        id=name,
        app_id="app",
        user_id=name,
        device_id="d",
        provider_type="custom-function",
        identity_id=name,
        provider_id="p",
        created_at=NOW,
        expires_at=NOW + timedelta(1),
    )
    event = TriggerEvent(
        id=name,
        app_id="app",
        kind=EventKind.DATABASE,
        trigger_name="t",
        function_name="f",
        arguments=({"name": name},),
        created_at=NOW,
    )
    await store.add_user(User(id=name, app_id="app", identities=(identity,), created_at=NOW), session, [event])
    sys.stdout.write(f"{name}\n")
    sys.stdout.flush()


async def main(path: Path) -> None:
    """Several at a time, until killed."""
    async with open_store(path) as store:
        for batch in count():
            await asyncio.gather(*(add(store, f"{batch}-{number}") for number in range(5)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
