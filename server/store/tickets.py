"""Tickets in the database: permission to do one thing, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from server import ejson
from server.ejson import Document
from server.login_records import Owed, Ticket
from server.store.errors import TicketInvalid
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.owed import insert_owed
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

_INSERT_TICKET = """
    INSERT INTO tickets (app_id, id, purpose, subject, secret_hash, data, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
# Compared by the hash of a secret of 256 random bits: what a comparison's time could tell says nothing of the secret.
_TAKE_TICKET = """
    DELETE FROM tickets WHERE app_id = ? AND id = ? AND purpose = ? AND secret_hash = ? AND expires_at > ?
    RETURNING app_id, id, purpose, subject, secret_hash, data, expires_at
"""
_FIND_TICKET = """
    SELECT id FROM tickets WHERE app_id = ? AND id = ? AND purpose = ? AND secret_hash = ? AND expires_at > ?
"""
_DELETE_OF_SUBJECT = "DELETE FROM tickets WHERE app_id = ? AND purpose = ? AND subject = ?"
_DELETE_EXPIRED = "DELETE FROM tickets WHERE expires_at <= ? RETURNING id"


class Tickets(StorePart):
    """What is kept of permissions given out."""

    async def add_tickets(self, tickets: Sequence[Ticket], owed: Sequence[Owed]) -> None:
        """Give out tickets, with what that owes."""

        def work(transaction: Transaction) -> None:
            insert_tickets(transaction, tickets)
            insert_owed(transaction, owed)

        await self._database.write(work)

    async def has_ticket(self, app_id: str, ticket_id: str, purpose: str, secret_hash: bytes, *, now: datetime) -> bool:
        """Whether there is such a ticket now; by the time it is taken it may be gone."""
        return bool(
            await self._database.read(_FIND_TICKET, app_id, ticket_id, purpose, secret_hash, to_milliseconds(now))
        )

    async def take_ticket(
        self, app_id: str, ticket_id: str, purpose: str, secret_hash: bytes, *, now: datetime
    ) -> Ticket:
        """Use up a ticket. Raises TicketInvalid where it never was, was used, has expired or is another's."""
        return await self._database.write(
            lambda transaction: take_ticket(transaction, app_id, ticket_id, purpose, secret_hash, now)
        )

    async def remove_expired_tickets(self, *, now: datetime) -> int:
        """Delete what can be used no more; how many."""

        def work(transaction: Transaction) -> int:
            return len(transaction.execute(_DELETE_EXPIRED, to_milliseconds(now)))

        return await self._database.write(work)


def insert_tickets(transaction: Transaction, tickets: Sequence[Ticket]) -> None:
    """Give out tickets within a larger write."""
    for ticket in tickets:
        transaction.execute(
            _INSERT_TICKET, ticket.app_id, ticket.id, ticket.purpose, ticket.subject, ticket.secret_hash,
            ejson.dumps(ticket.data).decode(), to_milliseconds(ticket.expires_at),
        )  # fmt: skip


def take_ticket(
    transaction: Transaction, app_id: str, ticket_id: str, purpose: str, secret_hash: bytes, now: datetime
) -> Ticket:
    """Use up a ticket within a larger write. Raises TicketInvalid."""
    rows = transaction.execute(_TAKE_TICKET, app_id, ticket_id, purpose, secret_hash, to_milliseconds(now))
    if not rows:
        raise TicketInvalid(ticket_id)
    return _ticket(rows[0])


def delete_tickets(transaction: Transaction, app_id: str, purpose: str, subject: str) -> None:
    """Make a subject's other tickets of that purpose worthless, within a larger write."""
    transaction.execute(_DELETE_OF_SUBJECT, app_id, purpose, subject)


def _ticket(row: Row) -> Ticket:
    app_id, id_, purpose, subject, secret_hash, data, expires_at = row
    return Ticket(
        app_id=cast("str", app_id),
        id=cast("str", id_),
        purpose=cast("str", purpose),
        subject=cast("str", subject),
        secret_hash=cast("bytes", secret_hash),
        data=cast("Document", ejson.loads(cast("str", data))),
        expires_at=from_milliseconds(cast("int", expires_at)),
    )
