"""A unit of work: what the run of a hook writes and causes, kept aside until its own cause is decided."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from runtime.limits import Limits
from server.auth.ids import new_id
from server.context.data_sources import DataSources
from server.context.deployment import Deployment
from server.context.personal import Sightings
from server.context.under_way import UnderWay
from server.documents.client_transaction import ClientTransaction
from server.documents.engine import EmbeddedDocuments
from server.documents.errors import WRITE_CONFLICT, DocumentError
from server.documents.journal import Write
from server.documents.owed_writes import encode_writes
from server.errors import AppError, ErrorCode
from server.events import TriggerEvent
from server.login_records import DocumentWrites, Owed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A data source whose writes are part of the unit, and the transaction that holds them."""

    store: EmbeddedDocuments
    transaction: ClientTransaction


class UnitConflict(Exception):
    """Somebody else has changed documents that the unit read and wrote: its work must be done anew."""


class Unit:
    """Of one run, and of those that it leads to. With `documents`, their writes are part of it."""

    def __init__(self, documents: DataSources | None = None, *, sightings: Sightings | None = None) -> None:
        self._documents = documents
        self._opened: dict[str, asyncio.Task[_Kept | None]] = {}
        self._marks: dict[tuple[str, str], int] = {}
        self.requests = UnderWay()
        """All that its runs ask for: what they do not wait for is a part of the unit, too."""
        self.asking = UnderWay()
        """Requests for calls afterwards."""
        self.events: list[TriggerEvent] = []
        self._event_bytes = 0
        self.sightings = sightings
        """The personal data that its runs have met, where the app declares any."""

    async def transaction(self, deployment: Deployment, service: str) -> ClientTransaction | None:
        """The transaction that the data source's operations run in; None where they are not part of the unit.

        They never are where a real MongoDB is the data source.
        """
        kept = await self._kept(deployment, service)
        return None if kept is None else kept.transaction

    async def _kept(self, deployment: Deployment, service: str) -> _Kept | None:
        if self._documents is None:
            return None
        opening = self._opened.get(service)
        if opening is None:
            opening = self._opened[service] = asyncio.create_task(_begin(self._documents, deployment, service))
        return await asyncio.shield(opening)

    async def session(self, deployment: Deployment, service: str, session: str, action: str) -> bool:
        """A session's transaction within the unit: its writes stand or fall with the unit, or are taken back alone.

        False where the data source is not part of the unit, and nothing was done.
        """
        transaction = await self.transaction(deployment, service)
        if transaction is None:
            return False
        if action == "startTransaction":
            self._marks[service, session[:64]] = await transaction.mark()
            return True
        mark = self._marks.pop((service, session[:64]), None)
        if mark is not None and action == "abortTransaction":
            await transaction.undo(mark)
        return True

    def add_event(self, event: TriggerEvent, size: int, limits: Limits) -> None:
        """Have a function called after the unit's end, with arguments of `size` bytes.

        Raises AppError beyond the limits.
        """
        if len(self.events) >= limits.later_calls:
            text = f"a run may ask for {limits.later_calls} calls afterwards"
            raise AppError(ErrorCode.FUNCTION_EXECUTION_ERROR, text)
        if self._event_bytes + size > limits.later_bytes:
            text = f"the arguments of calls afterwards exceed the limit of {limits.later_bytes} bytes"
            raise AppError(ErrorCode.FUNCTION_EXECUTION_ERROR, text)
        self._event_bytes += size
        self.events.append(event)

    async def commit(self, app_id: str, decide: Callable[[Sequence[Owed]], Awaitable[None]]) -> None:
        """Have all of it written together with what `decide` writes, which must write what it is given, or nothing.

        Raises UnitConflict, and whatever `decide` raises. Goes on to its end when the caller is cancelled.
        """
        await asyncio.shield(asyncio.ensure_future(self._commit(app_id, decide)))

    async def drop(self) -> None:
        """Forget all of it."""
        self.events.clear()
        self._event_bytes = 0
        for kept in await self._take_kept():
            await kept.transaction.abort()

    async def _take_kept(self) -> list[_Kept]:
        """What was begun, in one order everywhere: two units must not lock crosswise."""
        opened = await asyncio.gather(*self._opened.values(), return_exceptions=True)
        self._opened.clear()
        return sorted((kept for kept in opened if isinstance(kept, _Kept)), key=lambda kept: kept.store.owed_file)

    async def _commit(self, app_id: str, decide: Callable[[Sequence[Owed]], Awaitable[None]]) -> None:
        prepared: list[tuple[EmbeddedDocuments, DocumentWrites]] = []
        try:
            async with AsyncExitStack() as stack:
                for kept in await self._take_kept():
                    journal = await kept.transaction.take()
                    prepared += [await _prepare(stack, app_id, kept.store, journal)] if journal else []
                await decide([*self.events, *(writes for _, writes in prepared)])
        except DocumentError as error:
            if error.code == WRITE_CONFLICT:
                raise UnitConflict from error
            raise
        for store, writes in prepared:
            store.forget_made(writes.made)


async def _prepare(
    stack: AsyncExitStack, app_id: str, store: EmbeddedDocuments, journal: list[Write]
) -> tuple[EmbeddedDocuments, DocumentWrites]:
    """Make the writes; the end of the stack decides."""
    id_, made = new_id(), store.made
    await stack.enter_async_context(store.prepare(id_, journal))
    data = encode_writes(journal)
    return store, DocumentWrites(id=id_, app_id=app_id, file=store.owed_file, data=data, made=made)


async def _begin(documents: DataSources, deployment: Deployment, service: str) -> _Kept | None:
    store = await documents.store(deployment, service)
    if not isinstance(store, EmbeddedDocuments) or not store.owed_file:
        return None
    return _Kept(store=store, transaction=await store.begin(tolerant=True))
