"""Faults that an operator rehearses, in the database: so every process of a server learns of them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from server.records import Fault, FaultKind
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

_FIND_FAULTS = "SELECT app_id, function_name, kind, delay, until FROM faults WHERE until > ? ORDER BY until"
_DELETE_FAULT = "DELETE FROM faults WHERE app_id = ? AND function_name = ? RETURNING kind"
_DELETE_ENDED = "DELETE FROM faults WHERE until <= ?"
_INSERT_FAULT = "INSERT INTO faults (app_id, function_name, kind, delay, until) VALUES (?, ?, ?, ?, ?)"


class Faults(StorePart):
    """What is to fail, and until when."""

    async def faults(self, *, now: datetime) -> list[Fault]:
        """Those in force; `now == until` is over."""
        return [_fault(row) for row in await self._database.read(_FIND_FAULTS, to_milliseconds(now))]

    async def set_fault(self, fault: Fault, *, now: datetime) -> None:
        """Put a fault in the place of the one that the function has; forget those that are over."""

        def work(transaction: Transaction) -> None:
            transaction.execute(_DELETE_ENDED, to_milliseconds(now))
            transaction.execute(_DELETE_FAULT, fault.app_id, fault.function_name)
            transaction.execute(
                _INSERT_FAULT, fault.app_id, fault.function_name, fault.kind.value, round(fault.delay * 1000),
                to_milliseconds(fault.until),
            )  # fmt: skip

        await self._database.write(work)

    async def clear_fault(self, app_id: str, function_name: str) -> bool:
        """End a function's fault; False if it had none."""

        def work(transaction: Transaction) -> bool:
            return bool(transaction.execute(_DELETE_FAULT, app_id, function_name))

        return await self._database.write(work)


def _fault(row: Row) -> Fault:
    app_id, function_name, kind, delay, until = row
    return Fault(
        app_id=cast("str", app_id),
        function_name=cast("str", function_name),
        kind=FaultKind(cast("str", kind)),
        delay=cast("int", delay) / 1000,
        until=from_milliseconds(cast("int", until)),
    )
