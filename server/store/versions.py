"""Versions in the database: trees of files, immutable, each file kept once however many versions hold it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from hashlib import sha256
from typing import cast

from server.store.moments import to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Transaction

_FIND_VERSION = "SELECT files FROM versions WHERE id = ?"
_FIND_VERSIONS = "SELECT id, files FROM versions WHERE id IN (SELECT value FROM json_each(?))"
_FIND_CONTENTS = "SELECT hash, content FROM file_contents WHERE hash IN (SELECT value FROM json_each(?))"
_INSERT_CONTENT = "INSERT INTO file_contents (hash, content) VALUES (?, ?) ON CONFLICT DO NOTHING"
_INSERT_VERSION = "INSERT INTO versions (id, files, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class Versions(StorePart):
    """What is kept of versions."""

    async def put_version(self, files: Mapping[str, bytes], *, now: datetime) -> str:
        """Keep a tree of files; its id, the same for the same files."""
        manifest = _manifest(files)
        text, id_ = _written(manifest)

        def work(transaction: Transaction) -> None:
            if transaction.execute(_FIND_VERSION, id_):
                return
            transaction.execute_many(_INSERT_CONTENT, [(manifest[path], content) for path, content in files.items()])
            transaction.execute(_INSERT_VERSION, id_, text, to_milliseconds(now))

        await self._database.write(work)
        return id_

    async def find_version(self, version: str) -> dict[str, bytes] | None:
        """The files of a version, by path; None where it was never kept."""
        return (await self.find_versions([version])).get(version)

    async def find_versions(self, versions: Collection[str]) -> dict[str, dict[str, bytes]]:
        """The files of those of these versions that are kept, by version and path."""

        def work(transaction: Transaction) -> dict[str, dict[str, bytes]]:
            rows = transaction.execute(_FIND_VERSIONS, json.dumps(sorted(versions)))
            manifests = {cast("str", id_): cast("dict[str, str]", json.loads(cast("str", text))) for id_, text in rows}
            wanted = {hash_ for manifest in manifests.values() for hash_ in manifest.values()}
            found = transaction.execute(_FIND_CONTENTS, json.dumps(sorted(wanted)))
            contents = {hash_: cast("bytes", content) for hash_, content in found}
            return {
                id_: {path: contents[hash_] for path, hash_ in manifest.items()} for id_, manifest in manifests.items()
            }

        return await self._database.read_all(work)


def version_id(files: Mapping[str, bytes]) -> str:
    """The id under which a tree of files is kept, or would be."""
    return _written(_manifest(files))[1]


def _manifest(files: Mapping[str, bytes]) -> dict[str, str]:
    return {path: sha256(files[path]).hexdigest() for path in sorted(files)}


def _written(manifest: Mapping[str, str]) -> tuple[str, str]:
    text = json.dumps(manifest, separators=(",", ":"))
    return text, sha256(text.encode()).hexdigest()
