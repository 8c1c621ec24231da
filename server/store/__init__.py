"""The identity data: users, sessions, what logins need, what is owed, logs and signing keys, in one SQLite file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from server.store.administrators import Administrators
from server.store.api_keys import ApiKeys
from server.store.audit import Audit
from server.store.call_figures import Figures
from server.store.claims import Claims
from server.store.database import Database
from server.store.dead_letters import DeadLetters
from server.store.deleted_apps import DeletedApps
from server.store.deployments import Deployments
from server.store.devices import Devices
from server.store.document_writes import DecidedWrites
from server.store.drafts import Drafts
from server.store.errors import IdentityTaken, StoreError, UserGone
from server.store.events import Events
from server.store.failures import FailureCounts
from server.store.faults import Faults
from server.store.keys import Keys
from server.store.log_query import LogFilter
from server.store.logs import Logs
from server.store.mails import Mails
from server.store.opening import connect, migrate, refuse_half_restored
from server.store.passwords import Passwords
from server.store.queued import Queued
from server.store.recordings import Recordings
from server.store.secrets import Secrets
from server.store.sessions import Sessions
from server.store.tickets import Tickets
from server.store.triggers import Triggers
from server.store.users import Users
from server.store.versions import Versions

__all__ = ["IdentityTaken", "LogFilter", "Store", "StoreError", "UserGone", "open_store"]


class Store(
    Administrators,
    Users,
    Passwords,
    ApiKeys,
    Devices,
    Sessions,
    Tickets,
    Claims,
    Events,
    Queued,
    DeadLetters,
    DecidedWrites,
    Triggers,
    Mails,
    Logs,
    Recordings,
    Figures,
    Audit,
    FailureCounts,
    Faults,
    Keys,
    Deployments,
    DeletedApps,
    Drafts,
    Secrets,
    Versions,
):
    """All that is kept. One call is one transaction, durable on return; any number of processes may share the file.

    Moments are kept to the millisecond. Every method raises StoreError where the file fails.
    """


@asynccontextmanager
async def open_store(path: Path) -> AsyncIterator[Store]:
    """The store in this file, made where there is none; raises StoreError where the file cannot be used."""
    refuse_half_restored(path)
    async with connect(path) as writer:
        await migrate(writer, path)
        async with (
            connect(path) as reader,
            connect(path) as searcher,
            Database(name=str(path), writer=writer, reader=reader, searcher=searcher) as database,
        ):
            yield Store(database)
