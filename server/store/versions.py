"""Versions in the database: trees of files, immutable, each file kept once however many versions hold it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import cast

from server.store.moments import to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Transaction

_FIND_VERSION = "SELECT files FROM versions WHERE id = ?"
_FIND_CONTENTS = "SELECT hash, content FROM file_contents WHERE hash IN (SELECT value FROM json_each(?))"
_INSERT_CONTENT = "INSERT INTO file_contents (hash, content) VALUES (?, ?) ON CONFLICT DO NOTHING"
_INSERT_VERSION = "INSERT INTO versions (id, files, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"


class Versions(StorePart):
    """What is kept of versions."""

    async def put_version(self, files: Mapping[str, bytes], *, now: datetime) -> str:
        """Keep a tree of files; its id, the same for the same files."""
        manifest = {path: sha256(files[path]).hexdigest() for path in sorted(files)}
        text = json.dumps(manifest, separators=(",", ":"))
        id_ = sha256(text.encode()).hexdigest()

        def work(transaction: Transaction) -> None:
            if transaction.execute(_FIND_VERSION, id_):
                return
            transaction.execute_many(_INSERT_CONTENT, [(manifest[path], content) for path, content in files.items()])
            transaction.execute(_INSERT_VERSION, id_, text, to_milliseconds(now))

        await self._database.write(work)
        return id_

    async def find_version(self, version: str) -> dict[str, bytes] | None:
        """The files of a version, by path; None where it was never kept."""

        def work(transaction: Transaction) -> dict[str, bytes] | None:
            rows = transaction.execute(_FIND_VERSION, version)
            if not rows:
                return None
            manifest = cast("dict[str, str]", json.loads(cast("str", rows[0][0])))
            found = transaction.execute(_FIND_CONTENTS, json.dumps(sorted(set(manifest.values()))))
            contents = {hash_: cast("bytes", content) for hash_, content in found}
            return {path: contents[hash_] for path, hash_ in manifest.items()}

        return await self._database.read_all(work)
