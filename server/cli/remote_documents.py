"""The documents of an app on a server, through its Admin API."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import quote, urlencode

from server import ejson
from server.cli.remote_options import server_of
from server.documents.moving.archive import MAGIC, Described, read_archive
from server.documents.moving.exporting import Export
from server.documents.moving.problems import MovingError
from server.documents.rows import Row
from server.documents.storage import Namespace
from server.ejson import Document
from server.remote.client import RemoteServer
from server.remote.exchange import Answer, RemoteError
from server.settings import Settings

BSON: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class RemotePlace:
    """As `DocumentPlace`; `path` is that of the data source below the Admin API."""

    server: RemoteServer
    path: str
    most_together: ClassVar[int] = 20_000

    async def find(self, namespace: Namespace, shape: Document) -> list[Document]:
        """As the protocol's."""
        asked = {"filter" if name == "query" else name: value for name, value in shape.items() if value is not None}
        found: list[Document] = self._ask("POST", "documents/find", {**_names(namespace), **asked})
        return found

    async def indexes(self, namespace: Namespace) -> list[Document]:
        """As the protocol's."""
        found: list[Document] = self._ask("GET", f"indexes?{urlencode(_names(namespace))}")
        return found

    async def make_index(self, namespace: Namespace, keys: Document, options: Document) -> None:
        """As the protocol's."""
        self._ask("POST", "indexes", {**_names(namespace), "keys": keys, "options": options})

    async def drop_index(self, namespace: Namespace, name: str) -> None:
        """As the protocol's."""
        self._ask("DELETE", f"indexes?{urlencode({**_names(namespace), 'name': name})}")

    async def load(self, namespace: Namespace, rows: Sequence[Row]) -> int:
        """As the protocol's."""
        data = b"".join(row.data for row in rows)
        answer = self.server.upload(f"{self.path}/documents/import?{urlencode(_names(namespace))}", data, BSON)
        return int(answer["inserted"])

    @asynccontextmanager
    async def exported(self, database: str, collection: str) -> AsyncIterator[Export]:
        """As the protocol's; the documents come as they are read."""
        which = urlencode({"database": database, "collection": collection})
        with self.server.opened(f"{self.path}/documents/export?{which}") as answer:
            pieces = _Pieces(answer)
            yield Export(pieces.described(), pieces.read)

    def _ask(self, method: str, path: str, body: Document | None = None) -> Any:
        """An answer in Extended JSON. Raises RemoteError."""
        data = None if body is None else ejson.dumps(body)
        answer = self.server.exchange(method, f"{self.path}/{path}", data)
        return ejson.loads(answer) if answer else None


class _Pieces:
    """An archive that comes over the network, read once and in its order."""

    def __init__(self, answer: Answer) -> None:
        if answer.read(len(MAGIC)) != MAGIC:
            raise RemoteError(f"{answer.url} answered with no archive; is it Vestibule?")
        self._pieces: Iterator[tuple[Namespace, bytes | str]] = read_archive(answer)
        self._next = next(self._pieces, None)

    def described(self) -> list[Described]:
        """What the archive holds, as its beginning says."""
        found: list[Described] = []
        while self._next is not None and isinstance(self._next[1], str):
            found.append(Described(namespace=self._next[0], metadata=self._next[1]))
            self._next = next(self._pieces, None)
        return found

    async def read(self, namespace: Namespace) -> AsyncIterator[bytes]:
        """The documents of the collection whose turn it is. Raises MovingError where the archive is not whole."""
        while self._next is not None and self._next[0] == namespace:
            if isinstance(self._next[1], str):
                raise MovingError(f"the archive describes {namespace} among its documents")
            yield self._next[1]
            self._next = next(self._pieces, None)


@asynccontextmanager
async def opened(settings: Settings, options: argparse.Namespace, *, makes: bool) -> AsyncIterator[RemotePlace]:
    """The data source that the options name. Raises NotLoggedIn; RemoteError where the app has no such."""
    del settings, makes  # a server keeps documents of the data sources that its app has, and of no others
    server = server_of(options)
    path = f"{server.app(options.app).path}/services"
    found: dict[str, str] = {one["name"]: one["_id"] for one in server.get(path)}
    if options.service not in found:
        there_are = f"there are {', '.join(sorted(found))}" if found else "there are none"
        text = f"app '{options.app}' has no service '{options.service}'; {there_are}; --service names one"
        raise RemoteError(text)
    yield RemotePlace(server, f"{path}/{quote(found[options.service])}")


def _names(namespace: Namespace) -> dict[str, str]:
    return {"database": namespace.database, "collection": namespace.collection}
