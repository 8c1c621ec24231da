"""The devices of users in the database."""

from __future__ import annotations

from typing import cast

from server import ejson
from server.ejson import Document
from server.login_records import Device
from server.records import Session
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

_SEE_DEVICE = """
    INSERT INTO devices (app_id, user_id, id, description, first_seen_at, last_seen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
    ON CONFLICT (app_id, user_id, id) DO UPDATE SET description = ?4, last_seen_at = ?5
"""
_FIND_DEVICES = """
    SELECT id, user_id, description, first_seen_at, last_seen_at FROM devices
    WHERE app_id = ? AND user_id = ?
"""
_DELETE_DEVICES = "DELETE FROM devices WHERE app_id = ? AND user_id = ?"


class Devices(StorePart):
    """What is kept of devices."""

    async def find_devices(self, app_id: str, user_id: str) -> list[Device]:
        """The devices that a user logged in with, the one used last first."""
        devices = [_device(row) for row in await self._database.read(_FIND_DEVICES, app_id, user_id)]
        return sorted(devices, key=lambda device: (device.last_seen_at, device.id), reverse=True)


def see_device(transaction: Transaction, session: Session) -> None:
    """Note a session's device within a larger write; a session whose client named none says nothing of devices."""
    if session.device:
        description = ejson.dumps(session.device).decode()
        at = to_milliseconds(session.created_at)
        transaction.execute(_SEE_DEVICE, session.app_id, session.user_id, session.device_id, description, at)


def delete_devices(transaction: Transaction, app_id: str, user_id: str) -> None:
    """Forget a user's devices within a larger write."""
    transaction.execute(_DELETE_DEVICES, app_id, user_id)


def _device(row: Row) -> Device:
    id_, user_id, description, first, last = row
    return Device(
        id=cast("str", id_),
        user_id=cast("str", user_id),
        description=cast("Document", ejson.loads(cast("str", description))),
        first_seen_at=from_milliseconds(cast("int", first)),
        last_seen_at=from_milliseconds(cast("int", last)),
    )
