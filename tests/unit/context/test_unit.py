"""A unit of work over two document files and what decides upon it: all of it, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runtime.limits import Limits
from server.context.afterwards import call_afterwards
from server.context.data_sources import DataSources
from server.context.document_stores import DocumentStores
from server.context.unit import Unit, UnitConflict
from server.documents.operation import Operation
from server.ejson import Value
from server.errors import AppError
from server.login_records import Owed
from server.records import Identity, SystemCaller, User
from server.store import Store, open_store
from server.store.document_writes import WritesOfFile
from server.store.errors import IdentityTaken
from tests.deployments import deployment

NOW = datetime(2026, 3, 4, tzinfo=UTC)
SOURCES = ("one", "two")
DEPLOYMENT = deployment("app", at=NOW, sources=SOURCES)
USER = User(
    id="u", app_id="app", identities=(Identity(id="i", provider_type="custom-function", provider_id="p"),),
    created_at=NOW,
)  # fmt: skip


def operation(action: str, **arguments: object) -> Operation:
    """An operation on one collection."""
    return Operation(database="d", collection="c", action=action, arguments=dict(arguments))


INSERT = operation("insertOne", document={"_id": "u"})


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a server."""

    store: Store
    documents: DataSources

    async def unit(self) -> Unit:
        """A unit with a document for each source."""
        unit = Unit(self.documents)
        for source in SOURCES:
            transaction = await unit.transaction(DEPLOYMENT, source)
            assert transaction is not None
            await transaction.execute(INSERT)
        return unit

    async def add(self, owed: Sequence[Owed]) -> None:
        """The decision: an account."""
        await self.store.add_user(USER, None, owed)

    async def found(self, source: str = "one") -> Value:
        """The documents of a source."""
        return await (await self.documents.store(DEPLOYMENT, source)).execute(operation("find", query={}))


@pytest.fixture
async def files(tmp_path: Path) -> AsyncIterator[Files]:
    """New ones."""

    def owed(file: str) -> WritesOfFile:
        return WritesOfFile(tmp_path / "identity.sqlite", file)

    async with (
        open_store(tmp_path / "identity.sqlite") as store,
        DocumentStores(tmp_path / "documents", {}, owed) as stores,
    ):
        yield Files(store, DataSources(stores))


async def test_all_of_it(files: Files) -> None:
    """Account and documents are there; until then only the unit sees them."""
    unit = await files.unit()
    assert await files.found() == []
    await unit.commit("app", files.add)

    assert await files.store.find_user("app", "u") is not None
    assert [await files.found(source) for source in SOURCES] == [[{"_id": "u"}]] * 2


async def test_decision_that_fails_leaves_nothing(files: Files) -> None:
    """Whatever it raises, and the files go on."""
    await files.add([])
    with pytest.raises(IdentityTaken):
        await (await files.unit()).commit("app", files.add)

    assert [await files.found(source) for source in SOURCES] == [[], []]
    assert await files.store.files_owed_writes() == []


async def test_conflict_in_one_file_leaves_nothing(files: Files) -> None:
    """A document that somebody else wrote meanwhile, to the file that is locked last."""
    unit = await files.unit()
    await (await files.documents.store(DEPLOYMENT, "two")).execute(INSERT)
    with pytest.raises(UnitConflict):
        await unit.commit("app", files.add)

    assert await files.store.find_user("app", "u") is None
    assert await files.found("one") == []


async def test_caller_that_goes_away_changes_nothing(files: Files) -> None:
    """A commit that has begun goes on to its end, both ways of it."""
    decides, decided = asyncio.Event(), asyncio.Event()

    async def add(owed: Sequence[Owed]) -> None:
        decides.set()
        await decided.wait()
        await files.add(owed)

    caller = asyncio.create_task((await files.unit()).commit("app", add))
    await decides.wait()
    caller.cancel()
    decided.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    for source in SOURCES:  # a write waits for the unit's end
        await (await files.documents.store(DEPLOYMENT, source)).execute(operation("insertOne", document={"_id": 2}))

    assert await files.store.find_user("app", "u") is not None
    assert [await files.found(source) for source in SOURCES] == [[{"_id": "u"}, {"_id": 2}]] * 2


async def test_dropped_unit_leaves_nothing(files: Files) -> None:
    """Neither documents nor open transactions."""
    unit = await files.unit()
    await unit.drop()
    await unit.commit("app", files.add)

    assert await files.store.find_user("app", "u") is not None
    assert await files.found() == []


async def test_made_writes_are_forgotten_with_the_next_unit(files: Files) -> None:
    """What both files have is kept twice for a while, not for ever."""
    await (await files.unit()).commit("app", files.add)
    kept = await files.store.decided_writes("app/one.sqlite")
    second = Unit(files.documents)
    transaction = await second.transaction(DEPLOYMENT, "one")
    assert transaction is not None
    await transaction.execute(operation("insertOne", document={"_id": 2}))
    other = User(
        id="v", app_id="app", identities=(Identity(id="j", provider_type="custom-function", provider_id="p"),),
        created_at=NOW,
    )  # fmt: skip
    await second.commit("app", lambda owed: files.store.add_user(other, None, owed))

    assert len(kept) == 1
    assert len(left := await files.store.decided_writes("app/one.sqlite")) == 1
    assert left != kept


def test_calls_afterwards_have_limits() -> None:
    """So many of them, and so many bytes of arguments in all, may be asked for, and not one more."""
    limits = Limits(later_calls=2, later_bytes=10)
    by_number, by_size = Unit(), Unit()
    event = call_afterwards("app", "f", [], SystemCaller(reason="a test"))
    for size in (5, 5):
        by_number.add_event(event, 1, limits)
        by_size.add_event(event, size, replace(limits, later_calls=9))

    with pytest.raises(AppError, match="2 calls afterwards"):
        by_number.add_event(event, 1, limits)
    with pytest.raises(AppError, match="10 bytes"):
        by_size.add_event(event, 1, replace(limits, later_calls=9))
    assert (len(by_number.events), len(by_size.events)) == (2, 2)
