"""Addresses and password hashes in the database; a registration is one that has no user yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import cast

from server.login_records import Owed, PasswordAccount, Ticket
from server.store.errors import AccountTaken
from server.store.moments import from_milliseconds, to_milliseconds
from server.store.owed import insert_owed
from server.store.part import StorePart
from server.store.sessions import delete_sessions
from server.store.tickets import delete_tickets, insert_tickets, take_ticket
from server.store.transaction import Row, Transaction

MAX_PENDING = 50
"""Registrations of one page (contract 12.4)."""
CONFIRM, RESET = "confirm", "reset"
"""The purposes of the tickets of an address."""

_COLUMNS = "app_id, login, email, identity_id, hash, confirmed, created_at"
_FIND_PASSWORD = f"SELECT {_COLUMNS} FROM passwords WHERE app_id = ? AND login = ?"  # noqa: S608 - constants
_FIND_PENDING = f"""
    SELECT {_COLUMNS} FROM passwords WHERE app_id = ? AND confirmed = 0 AND identity_id > ?
    ORDER BY identity_id LIMIT ?
"""  # noqa: S608 - constants
_INSERT_PASSWORD = f"""
    INSERT INTO passwords ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING login
"""  # noqa: S608 - constants
_CONFIRM = "UPDATE passwords SET confirmed = 1 WHERE app_id = ? AND login = ? AND confirmed = 0 RETURNING login"
_FIND_SAME = "SELECT login FROM passwords WHERE app_id = ? AND login = ? AND identity_id = ?"
_SET_HASH = "UPDATE passwords SET hash = ? WHERE app_id = ? AND login = ? RETURNING identity_id"
_REPLACE_HASH = "UPDATE passwords SET hash = ? WHERE app_id = ? AND login = ? AND hash = ?"
_DELETE_PENDING = "DELETE FROM passwords WHERE app_id = ? AND login = ? AND confirmed = 0 RETURNING login"
_DELETE_OF_USER = """
    DELETE FROM passwords WHERE app_id = ?1 AND identity_id IN (
        SELECT id FROM identities WHERE app_id = ?1 AND user_id = ?2 AND provider_type = 'local-userpass')
    RETURNING login
"""
_OWNER = "SELECT user_id FROM identities WHERE app_id = ? AND provider_type = 'local-userpass' AND id = ?"


class Passwords(StorePart):
    """What is kept of addresses and passwords."""

    async def find_password(self, app_id: str, login: str) -> PasswordAccount | None:
        """The account of an address, confirmed or not."""
        rows = await self._database.read(_FIND_PASSWORD, app_id, login)
        return _account(rows[0]) if rows else None

    async def find_pending(self, app_id: str, *, after: str = "", limit: int = MAX_PENDING) -> list[PasswordAccount]:
        """Registrations that are not confirmed, by ascending identity id, beginning after one."""
        return [_account(row) for row in await self._database.read(_FIND_PENDING, app_id, after, limit)]

    async def add_password(self, account: PasswordAccount, tickets: Sequence[Ticket], owed: Sequence[Owed]) -> None:
        """Register an address, with the tickets to confirm it and what is owed. Raises AccountTaken."""

        def work(transaction: Transaction) -> None:
            insert_password(transaction, account)
            insert_tickets(transaction, tickets)
            insert_owed(transaction, owed)

        await self._database.write(work)

    async def confirm_by_ticket(
        self, app_id: str, ticket_id: str, secret_hash: bytes, owed: Sequence[Owed], *, now: datetime
    ) -> None:
        """Confirm the address that the ticket was given out for. Raises TicketInvalid."""

        def work(transaction: Transaction) -> None:
            ticket = take_ticket(transaction, app_id, ticket_id, CONFIRM, secret_hash, now)
            _confirm(transaction, ticket.app_id, ticket.subject)
            insert_owed(transaction, owed)

        await self._database.write(work)

    async def confirm_password(self, app_id: str, login: str, owed: Sequence[Owed]) -> bool:
        """Confirm an address; False where there is none that waits."""

        def work(transaction: Transaction) -> bool:
            confirmed = _confirm(transaction, app_id, login)
            insert_owed(transaction, owed if confirmed else ())
            return confirmed

        return await self._database.write(work)

    async def reset_by_ticket(
        self,
        app_id: str,
        ticket_id: str,
        secret_hash: bytes,
        hash_: str,
        owes: Callable[[PasswordAccount], Sequence[Owed]],
        *,
        now: datetime,
    ) -> None:
        """Set the password of the ticket's address and end the sessions of its user. Raises TicketInvalid.

        `owes` says, without any other effect, what that owes.
        """

        def work(transaction: Transaction) -> None:
            ticket = take_ticket(transaction, app_id, ticket_id, RESET, secret_hash, now)
            _set_hash(transaction, ticket.app_id, ticket.subject, hash_)
            for row in transaction.execute(_FIND_PASSWORD, ticket.app_id, ticket.subject):
                insert_owed(transaction, owes(_account(row)))

        await self._database.write(work)

    async def set_password(self, account: PasswordAccount, hash_: str, owed: Sequence[Owed]) -> None:
        """Set the password of an account and end the sessions of its user; nothing happens where it is gone."""

        def work(transaction: Transaction) -> None:
            if transaction.execute(_FIND_SAME, account.app_id, account.login, account.identity_id):
                _set_hash(transaction, account.app_id, account.login, hash_)
                insert_owed(transaction, owed)

        await self._database.write(work)

    async def replace_hash(self, account: PasswordAccount, hash_: str) -> None:
        """Keep the same password under another hash; nothing happens if the password was changed meanwhile."""

        def work(transaction: Transaction) -> None:
            transaction.execute(_REPLACE_HASH, hash_, account.app_id, account.login, account.hash)

        await self._database.write(work)

    async def delete_pending(self, app_id: str, login: str) -> bool:
        """Forget a registration that is not confirmed; False where there is none."""

        def work(transaction: Transaction) -> bool:
            if not transaction.execute(_DELETE_PENDING, app_id, login):
                return False
            for purpose in (CONFIRM, RESET):
                delete_tickets(transaction, app_id, purpose, login)
            return True

        return await self._database.write(work)


def insert_password(transaction: Transaction, account: PasswordAccount) -> None:
    """Keep an address within a larger write. Raises AccountTaken."""
    inserted = transaction.execute(
        _INSERT_PASSWORD, account.app_id, account.login, account.email, account.identity_id, account.hash,
        int(account.confirmed), to_milliseconds(account.created_at),
    )  # fmt: skip
    if not inserted:
        raise AccountTaken(account.email)


def delete_passwords_of(transaction: Transaction, app_id: str, user_id: str) -> None:
    """Forget the addresses of a user, whose identities are still there, within a larger write.

    What was mailed to them is worth nothing to whoever registers them next.
    """
    for (login,) in transaction.execute(_DELETE_OF_USER, app_id, user_id):
        for purpose in (CONFIRM, RESET):
            delete_tickets(transaction, app_id, purpose, cast("str", login))


def _confirm(transaction: Transaction, app_id: str, login: str) -> bool:
    delete_tickets(transaction, app_id, CONFIRM, login)
    return bool(transaction.execute(_CONFIRM, app_id, login))


def _set_hash(transaction: Transaction, app_id: str, login: str, hash_: str) -> None:
    """Every older permission and every session ends with the old password."""
    delete_tickets(transaction, app_id, RESET, login)
    for (identity_id,) in transaction.execute(_SET_HASH, hash_, app_id, login):
        for (user_id,) in transaction.execute(_OWNER, app_id, identity_id):
            delete_sessions(transaction, app_id, cast("str", user_id))


def _account(row: Row) -> PasswordAccount:
    app_id, login, email, identity_id, hash_ = cast("list[str]", row[:5])
    return PasswordAccount(
        app_id=app_id,
        login=login,
        email=email,
        identity_id=identity_id,
        hash=hash_,
        confirmed=bool(row[5]),
        created_at=from_milliseconds(cast("int", row[6])),
    )
