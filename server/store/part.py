"""What the parts of the store have in common."""

from __future__ import annotations

from server.store.database import Database


class StorePart:
    """One subject of the store, over the database that all parts share."""

    def __init__(self, database: Database) -> None:
        self._database = database
