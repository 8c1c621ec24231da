"""Kills itself between any two lines of a user's creation: run as a process, it prints what was left after each kill.

Each round forks a child that creates a user whose creation wrote documents to two files. The child is killed by SIGKILL
before its nth line of the code that commits; another child then opens what is left, as a server's start would, and says
whether the account and each of the documents are there. The rounds end with the first child that lives.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from server.context.data_sources import DataSources
from server.context.document_stores import DocumentStores
from server.context.unit import Unit
from server.documents.engine import EmbeddedDocuments
from server.documents.operation import Operation
from server.records import Identity, User
from server.store import Store, open_store
from server.store.document_writes import WritesOfFile
from tests.deployments import deployment

if TYPE_CHECKING:
    from _typeshed import TraceFunction

WATCHED = (
    "server/context/unit.py", "server/documents/owed_writes.py", "server/documents/writer.py",
    "server/documents/journal.py", "server/documents/savepoints.py", "server/documents/engine.py",
    "server/store/transaction.py", "server/store/users.py", "server/store/owed.py", "server/store/document_writes.py",
    "server/store/database.py",
)  # fmt: skip
NOW = datetime(2026, 3, 4, tzinfo=UTC)
SOURCES = ("one", "two")
DEPLOYMENT = deployment("app", at=NOW, sources=SOURCES)
INSERT = Operation(database="d", collection="c", action="insertOne", arguments={"document": {"_id": "u"}})
FIND = Operation(database="d", collection="c", action="find", arguments={"query": {}})


class Killer:
    """Kills the process before its nth watched line, in whichever thread that is."""

    def __init__(self, line: int) -> None:
        self._left = line
        self._lock = threading.Lock()

    def start(self) -> None:
        """From now on, here and in every thread that is yet to start."""
        threading.settrace(self._called)
        sys.settrace(self._called)

    def _called(self, frame: FrameType, event: str, arg: object) -> TraceFunction | None:
        del event, arg
        return self._stepped if frame.f_code.co_filename.endswith(WATCHED) else None

    def _stepped(self, frame: FrameType, event: str, arg: object) -> TraceFunction:
        del frame, arg
        if event == "line" and ARMED.is_set():
            with self._lock:
                self._left -= 1
                if self._left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        return self._stepped


ARMED = threading.Event()


@asynccontextmanager
async def opened(directory: Path) -> AsyncIterator[tuple[Store, DataSources]]:
    """Store and documents, as a server opens them."""
    async with open_store(directory / "identity.sqlite") as store:

        def owed(file: str) -> WritesOfFile:
            return WritesOfFile(directory / "identity.sqlite", file)

        for file in await store.files_owed_writes():
            decided = await store.decided_writes(file)
            async with await EmbeddedDocuments.open(directory / "documents" / file, owed(file)):
                await store.forget_writes(file, decided)
        async with DocumentStores(directory / "documents", {}, owed) as stores:
            yield store, DataSources(stores)


async def create(directory: Path) -> None:
    """A user, and a document in each file, as a unit."""
    user = User(
        id="u", app_id="app", identities=(Identity(id="i", provider_type="custom-function", provider_id="p"),),
        created_at=NOW,
    )  # fmt: skip
    async with opened(directory) as (store, documents):
        unit = Unit(documents)
        for source in SOURCES:
            transaction = await unit.transaction(DEPLOYMENT, source)
            assert transaction is not None
            await transaction.execute(INSERT)
        ARMED.set()
        await unit.commit("app", lambda owed: store.add_user(user, None, owed))
        ARMED.clear()


async def look(directory: Path) -> str:
    """What is there: the account, then the documents, a 1 or 0 each."""
    async with opened(directory) as (store, documents):
        account = await store.find_user("app", "u") is not None
        kept = [bool(await (await documents.store(DEPLOYMENT, source)).execute(FIND)) for source in SOURCES]
        return "".join(str(int(found)) for found in (account, *kept))


def in_child(work: Callable[[], None]) -> int:
    """Do the work in a forked process; its status."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1]


def main(root: Path, stride: int) -> None:
    """A line of output for each round; every `stride`th line of code is one."""
    for line in count(1, stride):
        directory = root / str(line)
        directory.mkdir()

        def creating(line: int = line, directory: Path = directory) -> None:
            Killer(line).start()
            asyncio.run(create(directory))

        def looking(line: int = line, directory: Path = directory) -> None:
            sys.stdout.write(f"{line} {asyncio.run(look(directory))}\n")
            sys.stdout.flush()

        status = in_child(creating)
        assert in_child(looking) == 0
        if status == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
