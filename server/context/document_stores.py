"""Which store a data source is: a real MongoDB where it has a URI, else an embedded file; opened when first used."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from server.apps.model import DataSource
from server.documents.engine import EmbeddedDocuments
from server.documents.mongo import MongoDocuments
from server.documents.owed_writes import NothingOwed, OwedWrites
from server.documents.store import DocumentStore

OwedTo: TypeAlias = Callable[[str], OwedWrites]
"""What other files have decided for the embedded file of this name."""
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")
_log = logging.getLogger(__name__)


class DocumentStores:
    """The stores of all apps; `uris` are the operator's, by the data source's name, and go before an app's own."""

    def __init__(self, directory: Path, uris: Mapping[str, str], owed: OwedTo | None = None) -> None:
        self._directory = directory
        self._uris = uris
        self._owed = owed or (lambda _: NothingOwed())
        self._opened: dict[tuple[str, str, str], asyncio.Task[DocumentStore]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for opening in self._opened.values():
            await (await opening).close()
        self._opened.clear()

    async def open(self, app_id: str, source: DataSource) -> DocumentStore:
        """The store of an app's data source. Raises OSError, sqlite3.Error or ValueError where it cannot be opened."""
        uri = self._uris.get(source.name) or source.uri or ""
        key = (app_id, source.name, uri)
        opening = self._opened.get(key)
        if opening is None or (opening.done() and opening.exception() is not None):
            opening = self._opened[key] = asyncio.create_task(self._open(app_id, source.name, uri))
        return await asyncio.shield(opening)

    async def _open(self, app_id: str, name: str, uri: str) -> DocumentStore:
        if uri:
            _log.info("the data source %s of app %s is a real MongoDB", name, app_id)
            return MongoDocuments(uri)
        file = embedded_file(app_id, name)
        path = self._directory / file
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return await EmbeddedDocuments.open(path, self._owed(file))


def embedded_path(directory: Path, app_id: str, source: str) -> Path:
    """The file of an embedded data source, below the directory of all documents."""
    return directory / embedded_file(app_id, source)


def embedded_file(app_id: str, source: str) -> str:
    """The file of an embedded data source, relative to the directory of all documents."""
    return f"{_file_name(app_id)}/{_file_name(source)}.sqlite"


def _file_name(name: str) -> str:
    """A name that is safe as a file's and that no two names share."""
    if not _UNSAFE.search(name):
        return name
    return _UNSAFE.sub("_", name) + "~" + name.encode().hex()
