"""Mails owed in the database: each is sent at least once, and deleted after it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from server.login_records import Mail
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.part import StorePart
from server.store.transaction import Row, Transaction

_INSERT_MAIL = """
    INSERT INTO mails (id, app_id, recipient, subject, body_text, body_html, created_at, attempts, due_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?7)
"""
_CLAIM_MAILS = """
    UPDATE mails SET attempts = attempts + 1, due_at = ?1
    WHERE id IN (SELECT id FROM mails WHERE due_at <= ?2 ORDER BY due_at, id LIMIT ?3)
    RETURNING id, app_id, recipient, subject, body_text, body_html, created_at, attempts
"""
_RELEASE_MAILS = "UPDATE mails SET due_at = created_at WHERE due_at > created_at RETURNING id"
_DELETE_MAIL = "DELETE FROM mails WHERE id = ?"
_POSTPONE_MAIL = "UPDATE mails SET due_at = ? WHERE id = ?"
_COUNT_MAILS = "SELECT count(*) FROM mails"


class Mails(StorePart):
    """What is kept of mails until they are sent."""

    async def claim_mails(self, *, now: datetime, lease: timedelta, limit: int) -> list[tuple[Mail, int]]:
        """Take the mails that are due, each with how often it was taken, this time included.

        Who takes one has it until the lease ends; then it is due again.
        """

        def work(transaction: Transaction) -> list[Row]:
            return transaction.execute(_CLAIM_MAILS, to_milliseconds(now + lease), to_milliseconds(now), limit)

        return [(_mail(row), cast("int", row[-1])) for row in await self._database.write(work)]

    async def release_mails(self) -> int:
        """Make every mail due; for the start, by the only process on this data: who was sending is gone. How many."""
        return await self._database.write(lambda transaction: len(transaction.execute(_RELEASE_MAILS)))

    async def finish_mail(self, mail_id: str) -> None:
        """It was sent, or will never be."""

        def work(transaction: Transaction) -> None:
            transaction.execute(_DELETE_MAIL, mail_id)

        await self._database.write(work)

    async def postpone_mail(self, mail_id: str, *, until: datetime) -> None:
        """It could not be sent now: it is due again then."""

        def work(transaction: Transaction) -> None:
            transaction.execute(_POSTPONE_MAIL, to_milliseconds(until), mail_id)

        await self._database.write(work)

    async def waiting_mails(self) -> int:
        """How many mails are not sent yet."""
        ((count,),) = await self._database.read(_COUNT_MAILS)
        return cast("int", count)


def insert_mail(transaction: Transaction, mail: Mail) -> None:
    """Owe a mail with its cause."""
    transaction.execute(
        _INSERT_MAIL, mail.id, mail.app_id, mail.recipient, mail.subject, mail.text, mail.html,
        to_milliseconds(mail.created_at),
    )  # fmt: skip


def _mail(row: Row) -> Mail:
    id_, app_id, recipient, subject, text, html = cast("list[str]", row[:6])
    created_at = from_milliseconds(cast("int", row[6]))
    return Mail(
        id=id_, app_id=app_id, recipient=recipient, subject=subject, text=text, html=html, created_at=created_at
    )
