"""What a task of the store finds as its connection, where a test looks at its statements or has them fail."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from server.store.transaction import Column


@dataclass(slots=True)
class Statements:
    """Passes everything on to a real connection; tests override `execute`."""

    raw: sqlite3.Connection

    def execute(self, sql: str, parameters: Sequence[Column] = ()) -> sqlite3.Cursor:
        """Run the statement."""
        return self.raw.execute(sql, parameters)

    def rollback(self) -> None:
        """Undo."""
        self.raw.rollback()

    @property
    def in_transaction(self) -> bool:
        """Whether there is something to undo."""
        return self.raw.in_transaction
